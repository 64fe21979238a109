import type { ActionFunctionArgs, LoaderFunctionArgs } from '@remix-run/node';
import { checkSegment, wordsForSegments } from '../audience/index.server.ts';
import { formText } from '../core/form.ts';
import { authenticateAdmin } from '../entry/authenticate.server.ts';

/** The shop's own words that a segment may name. */
export async function loader({ request, context }: LoaderFunctionArgs) {
  return { words: await wordsForSegments(await authenticateAdmin(request, context)) };
}

/** How many customers a text means, or what is wrong with it. */
export async function action({ request, context }: ActionFunctionArgs) {
  const scope = await authenticateAdmin(request, context);
  const text = formText(await request.formData(), 'text');
  return { text, ...(await checkSegment(scope, text)) };
}
