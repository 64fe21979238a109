import type { CodegenConfig } from '@graphql-codegen/cli';
import { pluckConfig, preset } from '@shopify/api-codegen-preset';

// scripts/generate.ts unpacks Shopify's schema from sandbox/schema to this file before it calls the code generator.
const schema = 'node_modules/.cache/storebook/admin_2026-07.json';

const config: CodegenConfig = {
  schema,
  documents: ['app/**/*.shopify.server.ts'],
  pluckConfig,
  ignoreNoDocuments: true,
  generates: {
    'app/generated/admin/admin.types.d.ts': {
      plugins: ['typescript'],
      config: { defaultScalarType: 'string', scalars: { JSON: 'unknown' } },
    },
    'app/generated/admin/admin.generated.d.ts': { preset, presetConfig: { apiType: 'Admin' } },
  },
};

export default config;
