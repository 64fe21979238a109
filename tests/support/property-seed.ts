import fc from 'fast-check';

/**
 * Properties draw the same examples at every run, so that what passed once passes on another machine. To look further:
 * `PROPERTY_SEED=$RANDOM npm test -- unit`; what such a run finds is mended and added to its property as an example.
 */
fc.configureGlobal({ seed: Number(process.env['PROPERTY_SEED'] ?? 20_261_127) });
