import { useSignal } from '@preact/signals';
import type { RefObject, VNode } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import type { EngineReading } from '../engines/index.ts';
import { CheckIcon } from '../icons/index.ts';
import type { Watching } from './watching.ts';

const AUTO = -1;

type Item = { readonly index: number; readonly label: string; readonly detail: string };

/** Which qualities there are, which one plays, and a way to choose; nothing where there is no choice. */
export function QualityMenu({ watching: { session, stats } }: { readonly watching: Watching }): VNode | null {
  // Reading the history makes this follow the engine once a second.
  void stats.history.value;
  const isOpen = useSignal(false);
  const root = useRef<HTMLDivElement>(null);
  useClosing(root, isOpen.value, () => (isOpen.value = false));
  const reading = session.reading();
  if (reading.levels.length < 2) return null;
  const chosen = reading.comingLevel ?? reading.chosenLevel ?? AUTO;
  const choose = (index: number) => {
    isOpen.value = false;
    root.current?.querySelector('button')?.focus();
    session.chooseLevel(index === AUTO ? undefined : index);
  };
  return (
    <div class="quality" ref={root}>
      <button
        type="button"
        class="quality-button"
        aria-label={`Quality: ${buttonWords(reading)}`}
        aria-haspopup="menu"
        aria-expanded={isOpen.value}
        onClick={() => (isOpen.value = !isOpen.value)}
      >
        {reading.comingLevel !== undefined && <span class="spinner" />}
        {buttonWords(reading)}
      </button>
      {isOpen.value && (
        <div class="quality-menu" role="menu" aria-label="Quality" onKeyDown={moveFocus}>
          <p aria-hidden="true">Quality</p>
          {itemsOf(reading).map((item) => (
            <MenuItem
              key={item.index}
              item={item}
              isChosen={item.index === chosen}
              isPlaying={item.index === reading.playingLevel?.index}
              onChoose={() => choose(item.index)}
            />
          ))}
        </div>
      )}
    </div>
  );
}

function MenuItem(props: {
  readonly item: Item;
  readonly isChosen: boolean;
  readonly isPlaying: boolean;
  readonly onChoose: () => void;
}): VNode {
  const { item, isChosen, isPlaying } = props;
  const button = useRef<HTMLButtonElement>(null);
  useLayoutEffect(() => {
    if (isChosen) button.current?.focus({ preventScroll: true });
  }, []);
  return (
    <button
      ref={button}
      type="button"
      role="menuitemradio"
      aria-checked={isChosen}
      tabIndex={isChosen ? 0 : -1}
      onClick={props.onChoose}
    >
      <span class="quality-check">{isChosen && <CheckIcon />}</span>
      <span class="quality-label">{item.label}</span>
      <span class="quality-detail">{item.detail}</span>
      {isPlaying && <span class="quality-now">now</span>}
    </button>
  );
}

function itemsOf({ levels, hasAuto, playingLevel, chosenLevel }: EngineReading): readonly Item[] {
  const isAuto = chosenLevel === undefined && playingLevel;
  const auto = { index: AUTO, label: 'Auto', detail: isAuto ? `now ${playingLevel.label}` : 'by your connection' };
  return hasAuto ? [auto, ...levels] : levels;
}

function buttonWords({ chosenLevel, comingLevel, playingLevel, levels }: EngineReading): string {
  const coming = levels.find(({ index }) => index === comingLevel);
  if (coming) return coming.label;
  if (chosenLevel === undefined) return playingLevel ? `Auto · ${playingLevel.label}` : 'Auto';
  return levels.find(({ index }) => index === chosenLevel)?.label ?? 'Quality';
}

function moveFocus(event: KeyboardEvent & { readonly currentTarget: HTMLElement }): void {
  const items = [...event.currentTarget.querySelectorAll('button')];
  const at = items.indexOf(document.activeElement as HTMLButtonElement);
  const steps: Readonly<Record<string, number>> = {
    ArrowDown: at + 1,
    ArrowUp: at - 1,
    Home: 0,
    End: items.length - 1,
  };
  const to = steps[event.key];
  if (to === undefined) return;
  event.preventDefault();
  items[(to + items.length) % items.length]?.focus();
}

/** Closes by Escape, and by a press or a move of the focus to anywhere else. */
function useClosing(root: RefObject<HTMLElement | null>, isOpen: boolean, close: () => void): void {
  useLayoutEffect(() => {
    if (!isOpen) return undefined;
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== 'Escape') return;
      close();
      root.current?.querySelector('button')?.focus();
    };
    const onElsewhere = (event: Event) => {
      if (!root.current?.contains(event.target as Node)) close();
    };
    document.addEventListener('keydown', onKey);
    document.addEventListener('pointerdown', onElsewhere);
    document.addEventListener('focusin', onElsewhere);
    return () => {
      document.removeEventListener('keydown', onKey);
      document.removeEventListener('pointerdown', onElsewhere);
      document.removeEventListener('focusin', onElsewhere);
    };
  }, [isOpen]);
}
