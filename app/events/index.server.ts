/** The front door of what other tools tell of customers. */
export {
  eventsPage,
  makeEventKey,
  readSigned,
  resealEventKeys,
  revokeEventKey,
  senderOf,
  type EventsPage,
  type Signed,
} from './event-keys.server.ts';
export { takeEvent } from './take-event.server.ts';
