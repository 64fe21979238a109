/** Identity's front door: which accounts look like the same person. */
export { accountsLike, type LikeAccount } from './identity.server.ts';
export { pairsAmong } from './identity.store.server.ts';
export { groupsOf, type Lookalikes, type Signal } from './same-person.ts';
