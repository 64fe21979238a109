/** Said to the supervisor once a program serves; `pid` is the process that a disturbance aims at. */
export function tellReady(pid = process.pid): void {
  process.send?.({ ready: pid });
}

/** The supervisor is gone, however it went: nothing may stay behind. */
export function endWithSupervisor(end: () => Promise<void> | void): void {
  process.once('disconnect', () => void Promise.resolve(end()).finally(() => process.exit(0)));
  // Ctrl-C reaches the whole group; the supervisor decides the order of the end.
  process.on('SIGINT', () => undefined);
}
