import * as audience from '../../app/audience/index.server.ts';
import * as audit from '../../app/audit/index.server.ts';
import * as campaigns from '../../app/campaigns/index.server.ts';
import { webhookCatalogue } from '../../app/jobs/webhook-catalogue.server.ts';
import * as delivery from '../../app/delivery/index.server.ts';
import * as events from '../../app/events/index.server.ts';
import * as forecast from '../../app/forecast/index.server.ts';
import { Prisma } from '../../app/generated/prisma/client.ts';
import * as identity from '../../app/identity/index.server.ts';
import * as loyalty from '../../app/loyalty/index.server.ts';
import { parseDay } from '../../app/core/calendar.ts';
import type { ShopTx } from '../../app/platform/db.server.ts';
import * as privacy from '../../app/privacy/index.server.ts';
import * as record from '../../app/record/index.server.ts';
import type { ShopScope } from '../../app/platform/context.server.ts';
import * as shopify from '../../app/shopify/index.server.ts';
import { orderOf } from './order-facts.ts';

export type DoorScope = ShopScope & { readonly admin: shopify.AdminClient };
/** Calls a use case in a shop's scope with an id, and a text to search by, that may be another shop's. */
export type DoorCall = (scope: DoorScope, id: number, word: string) => Promise<unknown>;

async function gathered(rows: AsyncIterable<unknown>): Promise<unknown[]> {
  const all: unknown[] = [];
  for await (const row of rows) all.push(row);
  return all;
}
/** The store functions that work in the caller's transaction. */
const inTx = (work: (tx: ShopTx, scope: DoorScope, id: number) => Promise<unknown>): DoorCall => {
  return (scope, id) => scope.db.forShop(scope.shop.id, (tx) => work(tx, scope, id));
};
const at = new Date('2026-11-20T12:00:00Z');
const FORM: campaigns.CampaignForm = {
  name: 'New',
  segment: 'number_of_orders >= 0',
  lastOrder: '',
  days: '',
  least: '',
  most: '',
  holdOut: '10',
  startsAt: '2026-11-21',
  endsAt: '',
  consent: false,
  tiers: [],
  offers: [{ kind: 'percent', value: '10', minimum: '', pieces: '', buys: '', gets: '', given: '' }],
  products: [],
  word: '',
  budgetKind: '',
  budget: '',
  combines: [],
  mail: [],
  agreed: ['below-floor'],
};
const OFFER = { value: { kind: 'percent', percent: 10 }, minimum: null };
const NEW_CAMPAIGN: campaigns.WantedCampaign = {
  name: 'New',
  audience: [],
  offers: [OFFER],
  holdOut: 1_000,
  startsAt: at,
  endsAt: null,
  agreed: ['below-floor'],
};
const PERSON = { phone: null, state: null, locale: null, tags: [], country: null, province: null, city: null, address: null };
const CONSENT = { emailConsent: null, emailConsentAt: null, smsConsent: null, smsConsentAt: null };
const list = { cursor: null, limit: 50 } as const;

export const ROOMS = { audience, audit, campaigns, delivery, events, forecast, identity, loyalty, privacy, record, shopify };
type Room = keyof typeof ROOMS;

/** A call for every use case that works for a shop, in an order in which each finds rows; a new one gets a line here. */
export const CALLS: Readonly<Record<Room, Readonly<Record<string, DoorCall>>>> = {
  record: {
    homePage: (scope) => record.homePage(scope, 'all'),
    salesFigures: (scope) => record.salesFigures(scope, { from: parseDay('2026-01-01'), to: parseDay('2026-12-31') }),
    listCustomers: async (scope, _id, word) => [
      await record.listCustomers(scope, { ...list, search: '', tierId: null, sort: 'net' }),
      await record.listCustomers(scope, { ...list, search: word, tierId: null, sort: 'last' }),
    ],
    allCustomers: (scope, _id, word) => gathered(record.allCustomers(scope, { search: word, tierId: null, sort: 'orders' })),
    customersByIds: (scope, id) => record.customersByIds(scope, [BigInt(id)]),
    customerPage: (scope, id) => record.customerPage(scope, BigInt(id)),
    listOrders: async (scope, id, word) => [
      await record.listOrders(scope, { ...list, search: '', customerId: null }),
      await record.listOrders(scope, { ...list, search: word, customerId: BigInt(id) }),
    ],
    allOrders: (scope, id) => gathered(record.allOrders(scope, { search: '', customerId: BigInt(id) })),
    orderPage: (scope, id) => record.orderPage(scope, BigInt(id)),
    listChannels: (scope) => record.listChannels(scope),
    listFailedEvents: (scope) => record.listFailedEvents(scope),
    syncState: (scope) => record.syncState(scope),
    reconcileMarks: inTx((tx, { shop }) => record.reconcileMarks(tx, shop.id)),
    backfillProgress: (scope) => record.backfillProgress(scope),
    verifyRecord: (scope) => record.verifyRecord(scope, scope.shop),
    tryProjectionLock: inTx((tx, { shop }) => record.tryProjectionLock(tx, shop.id)),
    projectionLock: inTx((tx, { shop }) => record.projectionLock(tx, shop.id)),
    takeDirty: inTx((tx, { shop }) => record.takeDirty(tx, shop.id, { feed: 'campaigns', limit: 10 })),
    markDirty: inTx((tx, { shop }, id) => record.markDirty(tx, shop.id, { feed: 'forecast', ids: [BigInt(id)] })),
    replayFailedEvents: async (scope, id) => [
      await record.replayFailedEvents(scope, { id: BigInt(id) }),
      await record.replayFailedEvents(scope, 'all'),
    ],
    askForReconciliation: (scope) => record.askForReconciliation(scope),
    drainInbox: (scope) => record.drainInbox(scope, webhookCatalogue(), scope.shop),
    reconcile: (scope) => record.reconcile(scope, { client: scope.admin, pause: async () => undefined }, scope.shop),
    runBackfill: (scope) => record.runBackfill(scope, { client: scope.admin }, scope.shop),
    startBackfill: (scope) => record.startBackfill(scope, { anew: false }),
    applyCustomers: inTx((tx, scope, id) =>
      record.applyCustomers(tx, { shopId: scope.shop.id, keys: scope.env.keys }, [
        { ...PERSON, ...CONSENT, id: BigInt(id), email: null, firstName: 'x', lastName: 'x', createdAt: at, updatedAt: at },
      ]),
    ),
    applyOrders: inTx((tx, { shop }, id) =>
      record.applyOrders(tx, shop, [orderOf({ id: BigInt(id), customerId: BigInt(id), updatedAt: at })]),
    ),
    applyOrderEvents: inTx((tx, { shop }, id) => record.applyOrderEvents(tx, shop, [{ kind: 'deleted', orderId: BigInt(id), at }])),
    applyProducts: inTx((tx, { shop }, id) => {
      const none = { handle: null, vendor: null, productType: null, imageUrl: null, createdAt: null };
      return record.applyProducts(tx, shop.id, [
        { ...none, id: BigInt(id), title: 'x', status: 'active', tags: [], updatedAt: at, variants: [] },
      ]);
    }),
    collectionsById: inTx((tx, { shop }, id) => record.collectionsById(tx, shop.id, [String(id)])),
    applyInventoryItems: inTx((tx, { shop }, id) =>
      record.applyInventoryItems(tx, shop.id, [
        { id: BigInt(id), sku: null, tracked: true, unitCost: 1n, unitCostCurrency: 'GBP', updatedAt: at },
      ]),
    ),
    applyInventoryLevels: inTx((tx, { shop }, id) =>
      record.applyInventoryLevels(tx, shop.id, {
        levels: [{ inventoryItemId: BigInt(id), locationId: BigInt(id), available: 1, updatedAt: at }],
        source: 'webhook',
      }),
    ),
    applyLocations: inTx((tx, { shop }, id) =>
      record.applyLocations(tx, shop.id, [{ id: BigInt(id), name: 'x', country: null, city: null, active: true, updatedAt: at }]),
    ),
    readCustomer: inTx((tx, scope, id) => record.readCustomer(tx, record.personKeys(scope), BigInt(id))),
    personById: inTx((tx, scope, id) => record.personById(tx, record.personKeys(scope), BigInt(id))),
    personsByContact: (scope, _id, word) =>
      scope.db.forShop(scope.shop.id, (tx) =>
        record.personsByContact(tx, record.personKeys(scope), { email: `${word}@example.com`, phone: null }),
      ),
    customerKeys: (scope) => record.customerKeys(scope, scope.shop.id),
    sealPlainCustomers: (scope) => record.sealPlainCustomers(scope, scope.shop.id),
    resealCustomers: (scope) => record.resealCustomers(scope, scope.shop.id),
    syncPage: (scope) => record.syncPage(scope),
    takeAction: (scope, id) => record.takeAction(scope, { topic: 'flow/review-tier', runId: String(id), body: '{}' }),
    takePixelEvents: (scope, id) =>
      record.takePixelEvents(scope, [
        {
          id: `event-${id}`,
          name: 'product_viewed',
          clientId: `client-${id}`,
          at: scope.clock.now().toISOString(),
          variantIds: [String(id)],
          checkoutToken: null,
        },
      ]),
    rebuildRollups: (scope) => record.rebuildRollups(scope, scope.shop),
    moveDays: (scope) => record.moveDays(scope, scope.shop),
  },
  identity: {
    accountsLike: (scope, id) => identity.accountsLike(scope, BigInt(id)),
    pairsAmong: inTx((tx, { shop }, id) => identity.pairsAmong(tx, shop.id, Prisma.sql`SELECT ${BigInt(id)}::bigint AS id`)),
  },
  campaigns: {
    misusePage: (scope) => campaigns.misusePage(scope),
    revokeCodes: (scope, _id, word) => campaigns.revokeCodes(scope, word),
    replaceCode: (scope, _id, word) => campaigns.replaceCode(scope, word),
    listCampaigns: (scope) => campaigns.listCampaigns(scope),
    campaignPage: (scope, id) => campaigns.campaignPage(scope, { id, after: -1n, redeemedOnly: false }),
    allCodes: (scope, id) => gathered(campaigns.allCodes(scope, id)),
    compareCampaigns: async (scope) => {
      const all: unknown[] = [];
      for (const by of campaigns.COMPARED_BY) all.push(await campaigns.compareCampaigns(scope, by));
      return all;
    },
    campaignProof: (scope, id) => campaigns.campaignProof(scope, id),
    campaignWaves: (scope, id) => campaigns.campaignWaves(scope, id),
    stopCampaignWaves: (scope, id) => campaigns.stopCampaignWaves(scope, id),
    campaignSettings: (scope) => campaigns.campaignSettings(scope),
    saveCampaignSettings: (scope) => campaigns.saveCampaignSettings(scope, { marginFloor: '5', feeShare: '2', feeFixed: '0.30' }),
    audienceCount: (scope) => campaigns.audienceCount(scope, []),
    foreseeFromForm: (scope) => campaigns.foreseeFromForm(scope, FORM),
    verifyCampaigns: (scope) => campaigns.verifyCampaigns(scope),
    countRedemptions: (scope) => campaigns.countRedemptions(scope, scope.shop),
    createCampaign: (scope) => campaigns.createCampaign(scope, NEW_CAMPAIGN),
    createFromForm: (scope) => campaigns.createFromForm(scope, FORM),
    offersTo: (scope, id) => campaigns.offersTo(scope, BigInt(id)),
    campaignCadence: (scope) => campaigns.campaignCadence(scope),
    saveCadence: (scope) => campaigns.saveCadence(scope, { mostOffers: '3', capDays: '30', quietFrom: '', quietTo: '' }),
    onSiteOffers: (scope) => campaigns.onSiteOffers(scope),
    flowsOf: (scope, id) => campaigns.flowsOf(scope, id),
    markOffers: (scope) => campaigns.markOffers(scope, scope.shop),
    saveOnSiteOffers: (scope) => campaigns.saveOnSiteOffers(scope, false),
    runStanding: (scope) => campaigns.runStanding(scope, scope.shop),
    listStanding: (scope) => campaigns.listStanding(scope),
    standingPage: (scope, id) => campaigns.standingPage(scope, id),
    moveStandingTo: (scope, id) => campaigns.moveStandingTo(scope, id, 'pause'),
    createStandingFromForm: (scope) =>
      campaigns.createStandingFromForm(scope, {
        campaign: FORM,
        trigger: 'welcome',
        number: '',
        priority: '1',
        validDays: '7',
        againDays: '',
        learns: false,
      }),
    createStanding: (scope) =>
      campaigns.createStanding(scope, {
        name: 'New',
        trigger: { kind: 'welcome' },
        segment: '',
        offers: [OFFER],
        holdOut: 1_000,
        priority: 1,
        validDays: 7,
        againDays: null,
        mail: null,
        agreed: true,
      }),
    retryCampaign: (scope, id) => campaigns.retryCampaign(scope, id),
    pauseCampaign: (scope, id) => campaigns.pauseCampaign(scope, id),
    resumeCampaign: (scope, id) => campaigns.resumeCampaign(scope, id),
    endCampaign: (scope, id) => campaigns.endCampaign(scope, id),
    rebuildRedemptions: (scope) => campaigns.rebuildRedemptions(scope, scope.shop),
  },
  delivery: {
    queueMessages: inTx((tx, scope, id) =>
      delivery.queueMessages(tx, scope.shop.id, {
        messages: [
          {
            key: `new/${id}`,
            template: `campaign/${id}`,
            campaignId: id,
            customerId: BigInt(id),
            notBefore: new Date('2036-01-01'),
            variables: {},
          },
        ],
        now: at,
      }),
    ),
    cancelMessages: inTx((tx, scope, id) => delivery.cancelMessages(tx, scope.shop.id, { campaignId: id, now: at })),
    saveTemplates: inTx((tx, scope, id) =>
      delivery.saveTemplates(tx, scope.shop.id, {
        name: `campaign/${id}`,
        templates: [{ locale: 'en', subject: 'New', body: 'New' }],
        at,
      }),
    ),
    messagesOf: (scope, id) => delivery.messagesOf(scope, id),
    deliveryPage: async (scope) => [
      await delivery.deliveryPage(scope, { status: null, before: null }),
      await delivery.deliveryPage(scope, { status: 'unknown', before: 1_000_000n }),
    ],
    sendAgain: (scope, id) => delivery.sendAgain(scope, BigInt(id)),
    mailSettings: (scope) => delivery.mailSettings(scope),
    saveMailSettings: (scope) =>
      delivery.saveMailSettings(scope, {
        host: '127.0.0.1',
        port: '1',
        security: 'none',
        username: '',
        password: '',
        fromName: 'New',
        fromAddress: 'new@example.com',
        replyTo: '',
        postal: 'New Road 1',
        perMinute: '1',
      }),
    resealMail: (scope) => delivery.resealMail(scope, scope.shop),
    sendMail: (scope) => delivery.sendMail(scope, scope.shop),
    takeReport: (scope) => delivery.takeReport(scope, scope.shop.id, Buffer.from('Message-ID: <x@y>\r\n\r\n')),
    unsubscribe: (scope, id) => delivery.unsubscribe(scope, { shopId: scope.shop.id, customerId: BigInt(id) }),
  },
  forecast: {
    runningOut: (scope, id) => forecast.runningOut(scope, { productIds: [String(id)], before: parseDay('2030-01-01'), uplift: 1 }),
    overstock: (scope) => forecast.overstock(scope, { coverDays: 1, limit: 50 }),
    planDemand: inTx((tx, scope, id) =>
      forecast.planDemand(tx, scope.shop.id, {
        source: `campaign/${id}`,
        label: 'Plan',
        from: parseDay('2026-11-20'),
        to: null,
        factor: 1.2,
        productIds: [BigInt(id)],
      }),
    ),
    endPlan: inTx((tx, scope, id) => forecast.endPlan(tx, scope.shop.id, { source: `campaign/${id}`, on: parseDay('2026-11-21') })),
    listInventory: async (scope, _id, word) => [
      await forecast.listInventory(scope, { ...list, search: '', status: null, sort: 'next28' }),
      await forecast.listInventory(scope, { ...list, search: word, status: 'late', sort: 'reorder' }),
    ],
    allInventory: (scope, _id, word) => gathered(forecast.allInventory(scope, { search: word, status: null, sort: 'reorder' })),
    variantPage: (scope, id) => forecast.variantPage(scope, BigInt(id)),
    stockStatus: (scope) => forecast.stockStatus(scope),
    shopLeadTime: (scope) => forecast.shopLeadTime(scope),
    saveVariantLeadTime: (scope, id) => forecast.saveVariantLeadTime(scope, BigInt(id), 9),
    saveLeadTime: (scope) => forecast.saveLeadTime(scope, 9),
    refreshDirty: (scope) => forecast.refreshDirty(scope, scope.shop),
    refreshAll: (scope) => forecast.refreshAll(scope, scope.shop),
  },
  loyalty: {
    listTiers: (scope) => loyalty.listTiers(scope),
    tierBoard: (scope) => loyalty.tierBoard(scope),
    memberOf: (scope, id) => loyalty.memberOf(scope, BigInt(id)),
    verifyLoyalty: (scope) => loyalty.verifyLoyalty(scope),
    saveTiers: (scope) => loyalty.saveTiers(scope, [{ name: 'All', threshold: 1n }]),
    saveTierForm: async (scope) => {
      const { rules, tiers } = await loyalty.tierBoard(scope);
      return loyalty.saveTierForm(scope, loyalty.typedTiers(rules, tiers, scope.shop));
    },
    previewTiers: async (scope) => {
      const { rules, tiers } = await loyalty.tierBoard(scope);
      return loyalty.previewTiers(scope, loyalty.typedTiers({ ...rules, basis: 'points' }, tiers, scope.shop));
    },
    giveTier: (scope, id) => loyalty.giveTier(scope, { customerId: BigInt(id), tierId: '1', until: '', reason: 'x' }),
    takeTierBack: (scope, id) => loyalty.takeTierBack(scope, { customerId: BigInt(id), grantId: BigInt(id) }),
    reviewDirty: (scope) => loyalty.reviewDirty(scope, scope.shop),
    reviewPages: (scope) => loyalty.reviewPages(scope, scope.shop, 'rules'),
    pointsPage: (scope) => loyalty.pointsPage(scope),
    pointsOf: (scope, id) => loyalty.pointsOf(scope, BigInt(id)),
    liabilityAt: (scope) => loyalty.liabilityAt(scope, parseDay('2026-12-31')),
    verifyPoints: (scope) => loyalty.verifyPoints(scope),
    simulateCart: (scope, id) => loyalty.simulateCart(scope, { customerId: BigInt(id), lines: [{ productId: BigInt(id), pieces: 1 }] }),
    rewardsPage: (scope) => loyalty.rewardsPage(scope),
    rewardsOf: (scope, id) => loyalty.rewardsOf(scope, BigInt(id)),
    redeemReward: (scope, id) => loyalty.redeemReward(scope, { customerId: BigInt(id), rewardId: Number(id), steps: 1, key: 'door' }),
    cancelRedemption: (scope, id) => loyalty.cancelRedemption(scope, { id: BigInt(id), customerId: BigInt(id) }),
    handOverGift: (scope, id) => loyalty.handOverGift(scope, BigInt(id)),
    switchReward: (scope, id) => loyalty.switchReward(scope, { id: Number(id), active: false }),
    saveReward: (scope, id) =>
      loyalty.saveReward(scope, {
        id: Number(id),
        form: { ...loyalty.typedReward(null, scope.shop), title: 'x', points: '9', amount: '5' },
      }),
    referralPage: (scope) => loyalty.referralPage(scope),
    referralOf: (scope, id) => loyalty.referralOf(scope, BigInt(id)),
    makeReferralCode: (scope, id) => loyalty.makeReferralCode(scope, BigInt(id)),
    decideReferral: (scope, id) => loyalty.decideReferral(scope, { friendId: BigInt(id), counts: true }),
    saveReferral: (scope) => loyalty.saveReferral(scope, loyalty.typedReferral(null, scope.shop)),
    lapsingPage: (scope) => loyalty.lapsingPage(scope, { days: 90, after: null, limit: 10 }),
    allLapsing: (scope) => gathered(loyalty.allLapsing(scope, 90)),
    tierDiscountPage: (scope) => loyalty.tierDiscountPage(scope),
    saveTierDiscount: (scope) =>
      loyalty.saveTierDiscount(scope, { isOn: true, tags: 'sale', collections: '', products: '', combines: true, holdersOnly: true }),
    memberView: (scope, id) => loyalty.memberView(scope, { customerId: BigInt(id), language: null }),
    programmeView: (scope) => loyalty.programmeView(scope, 'en'),
    sweepPoints: (scope) => loyalty.sweepPoints(scope, scope.shop),
    adjustPoints: (scope, id) => loyalty.adjustPoints(scope, { customerId: BigInt(id), points: '5', reason: 'x' }),
    liabilityPage: (scope) => loyalty.liabilityPage(scope, null),
    saveValuation: (scope) => loyalty.saveValuation(scope, { perHundred: '1.00', redemption: '80' }),
    askForCohorts: (scope) => loyalty.askForCohorts(scope),
    importsPage: (scope) => loyalty.importsPage(scope),
    confirmImport: (scope, id) => loyalty.confirmImport(scope, { id, agreed: true }),
    undoImport: (scope, id) => loyalty.undoImport(scope, { id, agreed: true }),
    discardImport: (scope, id) => loyalty.discardImport(scope, id),
    checkImport: (scope, id, word) =>
      loyalty.checkImport(scope, { bytes: Buffer.from(`customer id,email,points\n${id},${word}@example.com,5\n`), chosen: null }),
    tryRules: (scope) => loyalty.tryRules(scope, loyalty.typedOf(null, scope.shop)),
    saveProgramme: (scope) => loyalty.saveProgramme(scope, loyalty.typedOf(null, scope.shop)),
  },
  events: {
    eventsPage: (scope) => events.eventsPage(scope),
    takeEvent: (scope, id) =>
      events.takeEvent(scope, {
        shopId: scope.shop.id,
        json: { id: `e-${id}`, kind: 'review', customer: { id: String(id) }, at: scope.clock.now().toISOString() },
      }),
    makeEventKey: async (scope) => (await events.makeEventKey(scope, 'New')).kind,
    resealEventKeys: (scope) => events.resealEventKeys(scope, scope.shop),
    revokeEventKey: (scope, id) => events.revokeEventKey(scope, id),
  },
  privacy: {
    listPrivacyRequests: (scope) => privacy.listPrivacyRequests(scope),
    customerFile: (scope, id) => privacy.customerFile(scope, BigInt(id), [BigInt(id)]),
    requestedFile: (scope, id) => privacy.requestedFile(scope, BigInt(id)),
    retentionOf: (scope) => privacy.retentionOf(scope),
    saveRetention: (scope) => privacy.saveRetention(scope, { inboxDays: 8, checkoutDays: 8 }),
  },
  shopify: {
    listDeadOutbox: (scope) => shopify.listDeadOutbox(scope),
    retryDeadOutbox: async (scope, id) => [
      await shopify.retryDeadOutbox(scope, { id: BigInt(id) }),
      await shopify.retryDeadOutbox(scope, 'all'),
    ],
    enqueueOutbox: inTx((tx, { shop }, id) =>
      shopify.enqueueOutbox(tx, shop.id, [{ kind: 'loyalty.metafield', entity: String(id), idempotencyKey: `n${id}`, payload: {} }]),
    ),
    countOutbox: inTx((tx, { shop }) => shopify.countOutbox(tx, shop.id, { kind: 'loyalty.metafield', keyPrefix: '' })),
    dropOutbox: inTx((tx, { shop }) => shopify.dropOutbox(tx, shop.id, { kind: 'loyalty.metafield', keyPrefix: '' })),
    dropOutboxKeys: inTx((tx, { shop }, id) => shopify.dropOutboxKeys(tx, shop.id, { kind: 'loyalty.metafield', keys: [String(id)] })),
    zonesOf: inTx((tx, { shop }) => shopify.zonesOf(tx, shop.id)),
    takeTimezone: inTx((tx, { shop }) => shopify.takeTimezone(tx, shop.id, 'Europe/London')),
    sessionKeys: (scope) => shopify.sessionKeys(scope, scope.shop),
    resealSessions: (scope) => shopify.resealSessions(scope, scope.shop),
    sendOutbox: (scope) => shopify.sendOutbox(scope, { client: scope.admin, handlers: [] }, scope.shop),
  },
  audience: {
    countSegment: (scope, _id, word) => audience.countSegment(scope, `customer_cities CONTAINS '${word}' OR number_of_orders >= 0`),
    segmentMembers: (scope, id, word) =>
      audience.segmentMembers(scope, `products_purchased(vendor: '${word}', id: ${id}) = true OR number_of_orders >= 0`, {
        after: 0n,
        limit: 10,
      }),
    segmentCondition: async (scope, _id, word) => {
      const condition = audience.segmentCondition(scope, `customer_tags CONTAINS '${word}'`);
      if (condition.kind !== 'condition') throw new Error(condition.kind);
      const { where, values } = condition;
      return scope.db.forShop(scope.shop.id, (tx) =>
        tx.sql.rows({ text: `SELECT c.id, c.person ${audience.SEGMENT_FROM} WHERE ${where}` }, values),
      );
    },
    checkSegment: (scope, _id, word) => audience.checkSegment(scope, `customer_tags CONTAINS '${word}'`),
    wordsForSegments: (scope) => audience.wordsForSegments(scope),
    listSegments: (scope) => audience.listSegments(scope),
    importSegments: (scope) => audience.importSegments(scope),
    segmentById: (scope, id) => audience.segmentById(scope, id),
    segmentPage: (scope, id) => audience.segmentPage(scope, { id, after: 0n }),
    allMembers: (scope, id) => gathered(audience.allMembers(scope, id)),
    countAllSegments: (scope) => audience.countAllSegments(scope),
    saveSegment: async (scope, id) => [
      await audience.saveSegment(scope, { id: null, version: null, name: 'New', query: 'number_of_orders > 1' }),
      await audience.saveSegment(scope, {
        id,
        version: (await audience.segmentById(scope, id))?.version ?? 1,
        name: 'Other',
        query: 'number_of_orders > 2',
      }),
    ],
    deleteSegment: (scope, id) => audience.deleteSegment(scope, id),
    markedCustomers: (scope, id) => audience.markedCustomers(scope, id),
    markSegments: (scope) => audience.markSegments(scope, scope.shop),
    saveSegmentMark: (scope, id) => audience.saveSegmentMark(scope, { id, as: 'tag', word: `word ${id}` }),
    groupsPage: (scope) => audience.groupsPage(scope),
    standingOf: (scope, id) => audience.standingOf(scope, BigInt(id)),
    refreshScores: (scope) => audience.refreshScores(scope, scope.shop),
    refreshValues: (scope) => audience.refreshValues(scope, scope.shop),
    refreshAudience: (scope) => audience.refreshAudience(scope, scope.shop),
  },
  audit: {
    listAudit: (scope) => audit.listAudit(scope, { before: null, actions: null, limit: 50 }),
    allAudit: (scope) => gathered(audit.allAudit(scope)),
    auditKeyRows: (scope) => audit.auditKeyRows(scope, scope.shop.id),
    keepAuditKeys: (scope) => audit.keepAuditKeys(scope, scope.shop.id),
    verifyAudit: (scope) => audit.verifyAudit(scope),
    noteAudit: (scope, id) => audit.noteAudit(scope, { action: 'customer.viewed', subject: `customer/${id}` }),
    writeAudit: inTx((tx, scope, id) => audit.writeAudit(tx, scope, { action: 'order.viewed', subject: `order/${id}` })),
  },
};

/** What is exported and reads or writes no shop's rows for its caller, and why. */
export const NOT_OF_A_SHOP: Readonly<Record<Room, Readonly<Record<string, string>>>> = {
  record: {
    orderFilter: 'pure',
    topicCatalogue: 'pure',
    openPerson: 'pure',
    emailHashes: 'pure',
    exactHashes: 'pure',
    personKeys: 'pure',
    foldPhone: 'pure',
    nameOf: 'pure',
    shopsWithDirty: 'ids of shops, by a function of the database',
    webhookDoor: 'writes what is signed for a domain; its own tests, and storebook_insert_deliveries in tenants.test.ts',
  },
  identity: { groupsOf: 'pure' },
  campaigns: {
    AGREED: 'constant',
    COMBINES: 'constant',
    COMPARED_BY: 'constant',
    comparedBy: 'pure',
    readCampaignForm: 'pure',
    makePersonalDiscount: 'speaks to the store alone',
    switchOffDiscount: 'speaks to the store alone',
    addToOpenDiscount: 'speaks to the store alone',
    putOpenDiscount: 'speaks to the store alone',
    newCode: 'pure',
    offerSchema: 'a schema',
    PolicyTable: 'a class, of what it is given',
  },
  delivery: {
    messageVariables: 'a schema',
    mailProblem: 'pure',
    reportToken: 'pure',
    shopOfReportToken: 'pure',
    readUnsubscribeLink: 'goes by a signed token; its own tests',
  },
  forecast: { OVERSTOCK_DAYS: 'constant' },
  loyalty: {
    typedOf: 'pure',
    readProgrammeForm: 'pure',
    readRewardForm: 'pure',
    typedReward: 'pure',
    readReferralForm: 'pure',
    typedReferral: 'pure',
    redeemAnswerOf: 'pure',
    readCart: 'pure',
    typedTiers: 'pure',
    readTierForm: 'pure',
  },
  events: { readSigned: 'pure', senderOf: 'goes by a signature; its own tests' },
  privacy: { PRIVACY_TOPICS: 'constant' },
  audience: {
    CONTROL: 'constant',
    LEAST_BUYERS: 'constant',
    LEAST_DAYS: 'constant',
    SEGMENT_FROM: 'constant',
    LEAST_BUYERS_AN_ARM: 'constant',
    LEAST_CUSTOMERS: 'constant',
    LEAST_STRATUM: 'constant',
    counts: 'pure',
    effectOf: 'pure',
    mergedArms: 'pure',
    pooledEffects: 'pure',
    mixtureFor: 'pure',
    MOVE_DAYS: 'constant',
    LiftTable: 'a class, of what it is given',
    PurchaseLog: 'a class, of what it is given',
    customerValues: 'pure',
    findTemplate: 'pure',
    fitValue: 'pure',
  },
  shopify: {
    AdminOperationError: 'a class',
    readProxyVisit: 'pure',
    jsonOf: 'pure',
    readFlowAction: 'pure',
    appSecrets: 'pure',
    SHOP_DOMAIN: 'constant',
    bearerToken: 'pure',
    customerOf: 'pure',
    readSessionToken: 'pure',
    allShops: 'every shop, for the operator who rotates keys',
    AdminUnclearError: 'a class',
    AdminUnavailableError: 'a class',
    failureText: 'pure',
    outboxHandler: 'pure',
    sendOutboxJob: 'constant',
    createAdminClient: 'sends with the token of the domain it is given; sessions are bound to their domain',
    createShopifyApp: 'sessions are bound to their domain',
    cancelBulk: 'the store alone',
    pollBulk: 'the store alone',
    startBulk: 'the store alone',
    installShop: 'for the domain it is given; storebook_save_installation in tenants.test.ts',
    shopsWithNextTimezone: 'ids of shops, by a function of the database',
    shopsWithDueOutbox: 'ids of shops, by a function of the database',
    anyShopByDomain: 'gives the row of the domain it is given, by which a scope begins',
    shopByDomain: 'as anyShopByDomain',
    shopById: 'as anyShopByDomain, by id',
    listShopIds: 'ids of shops, by a function of the database',
    listShops: 'every installed shop, for the operator and the schedules',
  },
  audit: { AUDIT_ACTIONS: 'constant', CHANGES: 'constant' },
};
