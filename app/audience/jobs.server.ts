/** The audience room's jobs and when they run. */
export { segmentJobs, segmentSchedules } from './segment-jobs.server.ts';
export { audienceOutbox } from './mark-segments.server.ts';
export { audienceJobs, audienceSchedules } from './refresh-jobs.server.ts';
