import { Banner, BlockStack, ChoiceList, Text, TextField } from '@shopify/polaris';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { DEFAULT_TEXTS } from '../delivery/default-texts.ts';
import { renderMail, PLACEHOLDERS, templateProblem } from '../delivery/template.ts';
import { WORDS, type Language } from '../i18n/i18n.ts';
import { FormSection } from './campaign-form-parts.tsx';

type Texts = { readonly subject: string; readonly body: string };
/** How the codes reach the customers: by a mail whose texts the merchant writes and sees, by a workflow of Shopify Flow, or by the merchant. */
export function DeliveryFields({ problems, hasServer }: { problems: Readonly<Record<string, string>>; hasServer: boolean }) {
  const { t } = useTranslation();
  const [delivery, setDelivery] = useState('');
  const [english, setEnglish] = useState<Texts>(DEFAULT_TEXTS.en);
  const [chinese, setChinese] = useState<Texts>(DEFAULT_TEXTS['zh-CN']);
  return (
    <FormSection title={t('delivery.section')}>
      <ChoiceList
        title={t('delivery.section')}
        titleHidden
        name="delivery"
        choices={[
          { label: t('delivery.none'), value: '' },
          { label: t('delivery.mail'), value: 'mail' },
          { label: t('handOver.flow'), value: 'flow' },
        ]}
        selected={[delivery]}
        onChange={([chosen]) => setDelivery(chosen ?? '')}
      />
      {delivery === 'flow' ? <Text as="p">{t('handOver.flowText')}</Text> : null}
      {delivery === 'mail' ? (
        <BlockStack gap="400">
          {hasServer ? null : <Banner tone="warning" title={t('delivery.noServer')} />}
          <MailTexts language="en" texts={english} onChange={setEnglish} problems={problems} />
          <Text as="h3" variant="headingSm">
            {t('delivery.chinese')}
          </Text>
          <MailTexts language="zh-CN" texts={chinese} onChange={setChinese} problems={problems} />
        </BlockStack>
      ) : null}
    </FormSection>
  );
}

type Fields = {
  readonly language: Language;
  readonly texts: Texts;
  readonly problems: Readonly<Record<string, string>>;
  readonly onChange: (texts: Texts) => void;
};

function MailTexts({ language, texts, problems, onChange }: Fields) {
  const { t } = useTranslation();
  const wrong = (field: 'subject' | 'body'): string | undefined => {
    const problem = templateProblem(texts[field]);
    // What can be said at once is not kept until the form is sent.
    if (problem)
      return t(problem.meant ? 'delivery.error.meant' : 'delivery.error.placeholder', { found: problem.found, meant: problem.meant });
    const told = problems[`mail.${language}.${field}`];
    return told ? t(told) : undefined;
  };
  const help = t('delivery.bodyHelp', {
    placeholders: PLACEHOLDERS.map((name) => `{{${name}}}`).join(' '),
    example: '{{first_name|…}}',
  });
  return (
    <BlockStack gap="300">
      <TextField
        label={t('delivery.subject')}
        name={`mail.${language}.subject`}
        value={texts.subject}
        onChange={(subject) => onChange({ ...texts, subject })}
        error={wrong('subject')}
        autoComplete="off"
      />
      <TextField
        label={t('delivery.body')}
        name={`mail.${language}.body`}
        value={texts.body}
        onChange={(body) => onChange({ ...texts, body })}
        error={wrong('body')}
        helpText={help}
        multiline={6}
        autoComplete="off"
      />
      <MailPreview language={language} texts={texts} />
    </BlockStack>
  );
}

/** The mail as a customer sees it, with made-up words; in a frame in which nothing can run. */
function MailPreview({ language, texts }: Pick<Fields, 'language' | 'texts'>) {
  const { t } = useTranslation();
  const words = WORDS[language].delivery;
  const variables = {
    first_name: 'Ada',
    code: '7KQ2M-9XWAB-HT4RD',
    offer: '10%',
    ends: '2026-12-24',
    shop: 'Shop',
    points_lapsing: '120',
    points_until: '2026-12-31',
  };
  const footer = { postal: '…', unsubscribe: { words: words.unsubscribe, url: '#' } };
  const { subject, html } = renderMail(texts, variables, { locale: language, footer });
  return (
    <BlockStack gap="100">
      <Text as="p" tone="subdued">
        {t('delivery.preview')}: {subject}
      </Text>
      <iframe
        title={`${t('delivery.preview')} (${language})`}
        sandbox=""
        srcDoc={html}
        style={{ width: '100%', height: 260, border: '1px solid var(--p-color-border)', borderRadius: 8, background: '#fff' }}
      />
    </BlockStack>
  );
}
