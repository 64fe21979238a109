/** The audience room's jobs and when they run. */
export { audienceJobs, audienceSchedules } from './refresh-jobs.server.ts';
