import type { Express } from 'express';
import type { Services } from '../services.server.ts';
import { doorHandler } from './door.server.ts';
import { EVENT_LIMITS, eventsDoor, type EventLimits } from './events-door.server.ts';
import { appProxyDoor, customerAccountDoor, flowDoor } from './loyalty-doors.server.ts';
import {
  MEMBER_LIMITS,
  memberAccountDoor,
  memberLimit,
  memberProxyDoor,
  programmeProxyDoor,
  redeemAccountDoor,
  redeemProxyDoor,
  type MemberLimits,
} from './member-doors.server.ts';
import { mailReportsDoor, unsubscribeDoor, unsubscribePageDoor } from './mail-doors.server.ts';
import { PIXEL_LIMITS, pixelDoor, type PixelLimits } from './pixel-door.server.ts';

/** How long and how often a stranger may keep this process busy. */
export type WebLimits = PixelLimits &
  EventLimits &
  MemberLimits & {
    /** Milliseconds for a request's headers, and for all of it. */
    readonly headersMs: number;
    readonly requestMs: number;
    /** How often slow connections are looked for, in milliseconds. */
    readonly checkMs: number;
    /** Milliseconds for a body at the doors. */
    readonly bodyMs: number;
  };

export const WEB_LIMITS: WebLimits = {
  headersMs: 10_000,
  requestMs: 30_000,
  checkMs: 5_000,
  bodyMs: 10_000,
  ...PIXEL_LIMITS,
  ...EVENT_LIMITS,
  ...MEMBER_LIMITS,
};

/**
 * The doors of storefront, customer accounts, workflows and browsers. Before Remix, since a signature is over raw bytes
 * and a refusal must cost nothing: no session, no page, no body that is read without a bound.
 */
export function mountDoors(app: Express, services: Services, limits: WebLimits): void {
  const byMember = memberLimit(services, limits);
  const doors = [
    appProxyDoor(services),
    customerAccountDoor(services),
    memberProxyDoor(services, byMember),
    programmeProxyDoor(services),
    memberAccountDoor(services, byMember),
    redeemProxyDoor(services, byMember),
    redeemAccountDoor(services, byMember),
    flowDoor(services),
    pixelDoor(services, limits),
    unsubscribePageDoor(services),
    unsubscribeDoor(services),
    mailReportsDoor(services),
    eventsDoor(services, limits),
  ];
  app.set('trust proxy', services.platform.env.TRUST_PROXY);
  app.use(
    ['/proxy', '/customer-account', '/flow', '/pixel', '/unsubscribe', '/mail-reports', '/events'],
    doorHandler(services, doors, limits),
  );
}
