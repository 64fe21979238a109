/** Takes a line of a command's answer. */
export type Output = (line: string) => void;
