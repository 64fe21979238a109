import { useFetcher } from '@remix-run/react';
import { Banner, BlockStack, Button, Card, FormLayout, InlineStack, Select, Text, TextField } from '@shopify/polaris';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Invalid, Ok } from '../core/result.ts';

type Server = {
  readonly host: string;
  readonly port: number;
  readonly security: string;
  readonly username: string | null;
  readonly fromName: string;
  readonly fromAddress: string;
  readonly replyTo: string | null;
  readonly postal: string;
  readonly perMinute: number;
};
type Settings = { readonly server: Server | null; readonly hasPassword: boolean; readonly own: boolean };

const FIELDS = ['host', 'port', 'username', 'password', 'fromName', 'fromAddress', 'replyTo', 'perMinute', 'postal'] as const;
type Typed = Record<(typeof FIELDS)[number] | 'security', string>;

const EMPTY: Typed = {
  host: '',
  port: '587',
  security: 'starttls',
  username: '',
  password: '',
  fromName: '',
  fromAddress: '',
  replyTo: '',
  postal: '',
  perMinute: '60',
};

function typedOf({ server, own }: Settings): Typed {
  if (!server || !own) return EMPTY;
  const { port, perMinute, username, replyTo, ...rest } = server;
  return { ...rest, port: String(port), perMinute: String(perMinute), username: username ?? '', replyTo: replyTo ?? '', password: '' };
}

/** By which server mail goes out; the page's own action saves it under the intent "server". */
export function MailServerCard({ settings }: { settings: Settings }) {
  const { t } = useTranslation();
  const fetcher = useFetcher<Ok<unknown> | Invalid | { kind: string }>();
  const [typed, setTyped] = useState(() => typedOf(settings));
  const fields = fetcher.data && 'fields' in fetcher.data ? fetcher.data.fields : {};
  const wrong = (name: string): string | undefined => (fields[name] ? t(fields[name]) : undefined);
  const help: Partial<Record<string, string>> = { password: t('delivery.passwordHelp'), postal: t('delivery.postalHelp') };
  return (
    <Card>
      <fetcher.Form method="post">
        <input type="hidden" name="intent" value="server" />
        <BlockStack gap="300">
          <Text as="h2" variant="headingMd">
            {t('delivery.server')}
          </Text>
          <Text as="p" tone="subdued">
            {t(settings.server && !settings.own ? 'delivery.serverSandbox' : 'delivery.serverText')}
          </Text>
          {fetcher.data?.kind === 'ok' ? <Banner tone="success" title={t('delivery.saved')} /> : null}
          <FormLayout>
            <Select
              label={t('delivery.security')}
              name="security"
              options={['tls', 'starttls', 'none'].map((value) => ({ value, label: t(`delivery.securities.${value}`) }))}
              value={typed.security}
              onChange={(security) => setTyped({ ...typed, security })}
              error={wrong('security')}
            />
            {FIELDS.map((name) => (
              <TextField
                key={name}
                label={t(`delivery.${name}`)}
                name={name}
                type={name === 'password' ? 'password' : 'text'}
                value={typed[name]}
                onChange={(value) => setTyped({ ...typed, [name]: value })}
                error={wrong(name)}
                helpText={help[name]}
                autoComplete="off"
              />
            ))}
          </FormLayout>
          <InlineStack>
            <Button submit loading={fetcher.state !== 'idle'}>
              {t('delivery.save')}
            </Button>
          </InlineStack>
        </BlockStack>
      </fetcher.Form>
    </Card>
  );
}
