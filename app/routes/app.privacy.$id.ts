import type { LoaderFunctionArgs } from '@remix-run/node';
import { noteAudit } from '../audit/index.server.ts';
import { parseId } from '../core/gid.ts';
import { authenticateAdmin } from '../entry/authenticate.server.ts';
import { requestedFile } from '../privacy/index.server.ts';

/** What the record holds on the person of a data request, as a JSON file; fetching it marks the request done. */
export async function loader({ request, params, context }: LoaderFunctionArgs) {
  const scope = await authenticateAdmin(request, context);
  const id = parseId(params.id);
  const found = id === null ? null : await requestedFile(scope, id);
  if (!found) throw new Response(null, { status: 404 });
  await noteAudit(scope, { action: 'privacy.file.downloaded', subject: `privacy-request/${id}` });
  return new Response(JSON.stringify(found.file, null, 2), {
    headers: {
      'content-type': 'application/json; charset=utf-8',
      'content-disposition': `attachment; filename="${found.name}"`,
      'cache-control': 'no-store',
    },
  });
}
