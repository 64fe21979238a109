import type { LoadContext } from './web.server.ts';

declare module '@remix-run/node' {
  interface AppLoadContext extends LoadContext {}
}
declare module '@remix-run/server-runtime' {
  interface AppLoadContext extends LoadContext {}
}
