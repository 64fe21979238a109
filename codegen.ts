import type { CodegenConfig } from '@graphql-codegen/cli';
import { pluckConfig, preset } from '@shopify/api-codegen-preset';

// scripts/generate.ts unpacks Shopify's schema from sandbox/schema to this file before it calls the code generator.
const schema = 'node_modules/.cache/storebook/admin_2026-07.json';

const functions = 'node_modules/.cache/storebook/functions_discount_2026-07.json';

const admin = { schema, documents: ['app/**/*.shopify.server.ts'] };

const config: CodegenConfig = {
  pluckConfig,
  ignoreNoDocuments: true,
  generates: {
    'app/generated/admin/admin.types.d.ts': {
      ...admin,
      plugins: ['typescript'],
      config: { defaultScalarType: 'string', scalars: { JSON: 'unknown' } },
    },
    'app/generated/admin/admin.generated.d.ts': { ...admin, preset, presetConfig: { apiType: 'Admin' } },
    'extensions/tier-discount/generated/api.d.ts': {
      schema: functions,
      documents: ['extensions/tier-discount/src/*.graphql'],
      plugins: ['typescript', 'typescript-operations'],
      config: {
        enumsAsTypes: true,
        skipTypename: true,
        avoidOptionals: { field: true, inputValue: false },
        defaultScalarType: 'string',
        scalars: { JSON: 'unknown' },
      },
    },
  },
};

export default config;
