import fs from 'node:fs';

type Wanted = { readonly SHOPIFY_API_KEY: string; readonly APP_URL: string };

/** What a line `name = "value"` of a TOML file holds; '' where it does not stand. */
export function tomlText(toml: string, name: string): string {
  return new RegExp(`^${name}\\s*=\\s*"([^"]*)"`, 'm').exec(toml)?.[1] ?? '';
}

/** Where shopify.app.toml does not fit the environment that the servers will run with. */
export function appConfigProblems(file: string, env: Wanted): string[] {
  const toml = fs.readFileSync(file, 'utf8');
  const clientId = tomlText(toml, 'client_id');
  const address = tomlText(toml, 'application_url').replace(/\/$/, '');
  const wrong: [boolean, string][] = [
    [clientId === '', `${file}: client_id is empty; "npx shopify app config link" fills it in`],
    [
      clientId !== '' && clientId !== env.SHOPIFY_API_KEY,
      `${file}: client_id is not SHOPIFY_API_KEY; one of the two belongs to another app`,
    ],
    [address !== env.APP_URL.replace(/\/$/, ''), `${file}: application_url is ${address}, APP_URL is ${env.APP_URL}`],
    [!toml.includes(`${env.APP_URL.replace(/\/$/, '')}/auth/callback`), `${file}: redirect_urls lacks ${env.APP_URL}/auth/callback`],
    [!toml.includes(`"${env.APP_URL.replace(/\/$/, '')}/proxy"`), `${file}: app_proxy.url is not ${env.APP_URL}/proxy`],
  ];
  return wrong.filter(([holds]) => holds).map(([, message]) => message);
}
