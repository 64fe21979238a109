import fs from 'node:fs';
import path from 'node:path';

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // A process of another user is alive too.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
};

/**
 * One program at a time works on a data folder: two sandboxes would write one log of changes.
 * @returns what ends the claim.
 * @throws Error that names the process which holds the folder.
 */
export function claimDataFolder(folder: string): () => void {
  fs.mkdirSync(folder, { recursive: true });
  const file = path.join(folder, 'running.pid');
  for (;;) {
    try {
      fs.writeFileSync(file, String(process.pid), { flag: 'wx' });
      return () => fs.rmSync(file, { force: true });
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
      const holder = Number(fs.readFileSync(file, 'utf8'));
      if (holder > 0 && holder !== process.pid && isAlive(holder))
        throw new Error(`${folder} is in use by process ${holder}; end it first, or choose another folder with --data`, { cause: error });
      // Left behind by a process that was killed.
      fs.rmSync(file, { force: true });
    }
  }
}
