import { useFetcher } from '@remix-run/react';
import { useEffect, useMemo, useState, type KeyboardEvent } from 'react';
import { complete, take, type KnownWords, type Suggestion } from '../audience/segment/complete.ts';

export const SEGMENT_DOOR = '/app/segments/check';

const ENDS_A_WORD = /[\s(:,]$/;

/** Opens while one writes: within a word, or where a new one begins behind something that stands there. */
const opensAt = (text: string, cursor: number): boolean =>
  cursor > 0 && (ENDS_A_WORD.test(text.slice(0, cursor)) || /\S$/.test(text.slice(0, cursor)));

/** The list of suggestions of a text field: what is in it, whether it is open, and which keys do what. */
export function useSegmentCompletion({ fieldId, value, onChange }: { fieldId: string; value: string; onChange: (value: string) => void }) {
  const words = useFetcher<{ words: KnownWords }>();
  const [cursor, setCursor] = useState(0);
  const [open, setOpen] = useState(false);
  const [chosen, setChosen] = useState(0);
  const [taken, setTaken] = useState<{ readonly cursor: number } | null>(null);
  const known = words.data?.words;
  const completion = useMemo(() => complete(value, Math.min(cursor, value.length), known), [value, cursor, known]);
  const { suggestions } = completion;
  const isOpen = open && suggestions.length > 0;
  const active = Math.min(chosen, suggestions.length - 1);

  // After a suggestion was taken the cursor stands behind it, not at the end of the text.
  useEffect(() => {
    const field = document.getElementById(fieldId);
    if (taken === null || !(field instanceof HTMLTextAreaElement)) return;
    field.focus();
    field.setSelectionRange(taken.cursor, taken.cursor);
  }, [fieldId, taken]);

  const pick = (suggestion: Suggestion | undefined): void => {
    if (!suggestion) return;
    const next = take(value, completion, suggestion);
    onChange(next.text);
    setCursor(next.cursor);
    setTaken({ cursor: next.cursor });
    setChosen(0);
  };
  const move = (by: number): void => setChosen((active + by + suggestions.length) % suggestions.length);
  const keys: Readonly<Record<string, () => void>> = {
    ArrowDown: () => move(1),
    ArrowUp: () => move(-1),
    Enter: () => pick(suggestions[active]),
    Tab: () => pick(suggestions[active]),
    Escape: () => setOpen(false),
  };
  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>): void => {
    if (event.key === ' ' && event.ctrlKey) {
      event.preventDefault();
      setOpen(true);
      return;
    }
    const act = isOpen && !event.shiftKey && !event.nativeEvent.isComposing ? keys[event.key] : undefined;
    if (!act) return;
    event.preventDefault();
    act();
  };
  return {
    suggestions,
    isOpen,
    active,
    pick,
    onKeyDown,
    onType: (text: string, at: number): void => {
      onChange(text);
      setCursor(at);
      setChosen(0);
      setOpen(opensAt(text, at));
    },
    onMove: (at: number): void => {
      if (at !== cursor) setCursor(at);
    },
    onFocus: (): void => {
      // The shop's own words, once, when somebody is about to write.
      if (words.state === 'idle' && !words.data) words.load(SEGMENT_DOOR);
    },
    close: (): void => setOpen(false),
  };
}
