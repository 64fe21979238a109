import { createContext } from 'react';

/** The nonce of the document being rendered; empty in the browser, which shows nobody a nonce again. */
export const Nonce = createContext<string | undefined>(undefined);
