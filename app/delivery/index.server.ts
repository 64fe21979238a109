/** The delivery room's front door: mail to customers. */
export { messageVariables, type MessageVariables, type NewMessage } from './mail.ts';
export {
  cancelMessages,
  deliveryPage,
  mailProblem,
  messagesOf,
  queueMessages,
  saveTemplates,
  sendAgain,
  type DeliveryPage,
} from './messages.server.ts';
export { reportToken, shopOfReportToken, takeReport } from './reports.server.ts';
export { resealMail } from './reseal.server.ts';
export { mailSettings, saveMailSettings, type TypedServer } from './settings.server.ts';
export { sendMail } from './send-mail.server.ts';
export { readUnsubscribeLink, unsubscribe } from './unsubscribe.server.ts';
