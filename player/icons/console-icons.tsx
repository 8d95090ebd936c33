import type { VNode } from 'preact';
import { Icon } from './icons.tsx';

export const OverviewIcon = (): VNode => (
  <Icon>
    <path d="M4 13h6V4H4zM14 20h6v-9h-6zM14 7h6V4h-6zM4 20h6v-3H4z" />
  </Icon>
);

export const StreamsIcon = (): VNode => (
  <Icon>
    <circle cx="12" cy="12" r="2" fill="currentColor" />
    <path d="M7.500 16.500a6.400 6.400 0 0 1 0-9M16.500 7.500a6.400 6.400 0 0 1 0 9M4.700 19.300a10.300 10.300 0 0 1 0-14.600M19.300 4.700a10.300 10.300 0 0 1 0 14.600" />
  </Icon>
);

export const FilmIcon = (): VNode => (
  <Icon>
    <rect x="3" y="5" width="18" height="14" rx="2" />
    <path d="M8 5v14M16 5v14M3 12h18" />
  </Icon>
);

export const LinkIcon = (): VNode => (
  <Icon>
    <path d="M10 14a4 4 0 0 0 6 .4l3-3a4 4 0 0 0-5.700-5.700L12 7M14 10a4 4 0 0 0-6-.4l-3 3a4 4 0 0 0 5.700 5.700L12 17" />
  </Icon>
);

export const TerminalIcon = (): VNode => (
  <Icon>
    <path d="M4 5h16v14H4zM7.500 9.500l3 2.500-3 2.500M12.500 15h4" />
  </Icon>
);

export const QuestionIcon = (): VNode => (
  <Icon>
    <circle cx="12" cy="12" r="9" />
    <path d="M9.500 9.500a2.500 2.500 0 1 1 3.600 2.200c-.700.400-1.100.900-1.100 1.800M12 17v.1" />
  </Icon>
);

export const CallbackIcon = (): VNode => (
  <Icon>
    <path d="M4 6h16v9H9l-4 4v-4H4zM9 10.500h6" />
  </Icon>
);

export const PulseIcon = (): VNode => (
  <Icon>
    <path d="M3 12h4l3-8 4 16 3-8h4" />
  </Icon>
);

export const MenuIcon = (): VNode => (
  <Icon>
    <path d="M4 7h16M4 12h16M4 17h16" />
  </Icon>
);

export const SunIcon = (): VNode => (
  <Icon>
    <circle cx="12" cy="12" r="4" />
    <path d="M12 2.500v2M12 19.500v2M2.500 12h2M19.500 12h2M5.300 5.300l1.400 1.400M17.300 17.300l1.400 1.400M18.700 5.300l-1.400 1.400M6.700 17.300l-1.400 1.400" />
  </Icon>
);

export const MoonIcon = (): VNode => (
  <Icon>
    <path d="M20 14.500A8.500 8.500 0 0 1 9.500 4a8.500 8.500 0 1 0 10.500 10.500z" />
  </Icon>
);

export const SystemIcon = (): VNode => (
  <Icon>
    <circle cx="12" cy="12" r="8.500" />
    <path d="M12 3.500v17a8.500 8.500 0 0 0 0-17z" fill="currentColor" />
  </Icon>
);

export const SignOutIcon = (): VNode => (
  <Icon>
    <path d="M10 4H5v16h5M14 8l4 4-4 4M9 12h9" />
  </Icon>
);

export const InfoIcon = (): VNode => (
  <Icon>
    <circle cx="12" cy="12" r="9" />
    <path d="M12 11v5M12 7.800v.1" />
  </Icon>
);

export const GlobeIcon = (): VNode => (
  <Icon>
    <circle cx="12" cy="12" r="9" />
    <path d="M3 12h18M12 3c3 3 3 15 0 18M12 3c-3 3-3 15 0 18" />
  </Icon>
);

export const KeyIcon = (): VNode => (
  <Icon>
    <circle cx="8" cy="15" r="4" />
    <path d="m11 12 8-8M15.500 7.500l3 3" />
  </Icon>
);

export const UsersIcon = (): VNode => (
  <Icon>
    <circle cx="9" cy="8" r="3.500" />
    <path d="M2.500 20a6.500 6.500 0 0 1 13 0M16 5a3.500 3.500 0 0 1 0 6.500M18 14.500a6.500 6.500 0 0 1 3.500 5.500" />
  </Icon>
);

export const LayersIcon = (): VNode => (
  <Icon>
    <path d="m12 3 9 5-9 5-9-5zM3 12.500l9 5 9-5M3 16.500l9 5 9-5" />
  </Icon>
);

export const RulesIcon = (): VNode => (
  <Icon>
    <path d="M4 6h10M18 6h2M4 12h3M11 12h9M4 18h9M17 18h3" />
    <circle cx="16" cy="6" r="2" />
    <circle cx="9" cy="12" r="2" />
    <circle cx="15" cy="18" r="2" />
  </Icon>
);

export const HistoryIcon = (): VNode => (
  <Icon>
    <path d="M4 5v5h5M4.500 10a8.500 8.500 0 1 1-.5 4M12 8v4.500l3 2" />
  </Icon>
);

export const ShieldIcon = (): VNode => (
  <Icon>
    <path d="M12 3 5 6v5.500c0 4.500 3 7.500 7 9.500 4-2 7-5 7-9.500V6zM9 12l2.200 2.200L15.500 10" />
  </Icon>
);

export const SettingsIcon = (): VNode => (
  <Icon>
    <circle cx="12" cy="12" r="3" />
    <path d="M12 3v3M12 18v3M3 12h3M18 12h3M5.600 5.600l2.200 2.200M16.200 16.200l2.200 2.200M18.400 5.600l-2.200 2.200M7.800 16.200l-2.200 2.200" />
  </Icon>
);

export const ServerIcon = (): VNode => (
  <Icon>
    <rect x="4" y="4" width="16" height="7" rx="2" />
    <rect x="4" y="13" width="16" height="7" rx="2" />
    <path d="M8 7.500h.010M8 16.500h.010M12 7.500h4M12 16.500h4" />
  </Icon>
);

export const BoxIcon = (): VNode => (
  <Icon>
    <path d="m12 3 8 4.500v9L12 21l-8-4.500v-9zM4 7.500l8 4.500 8-4.500M12 12v9" />
  </Icon>
);

export const SearchIcon = (): VNode => (
  <Icon>
    <circle cx="11" cy="11" r="6.500" />
    <path d="m16 16 4.500 4.500" />
  </Icon>
);

export const KickIcon = (): VNode => (
  <Icon>
    <path d="M9 4h10v16H9M13 12H3M6 9l-3 3 3 3" />
  </Icon>
);

export const BlockIcon = (): VNode => (
  <Icon>
    <circle cx="12" cy="12" r="8.500" />
    <path d="m6 6 12 12" />
  </Icon>
);

export const CameraIcon = (): VNode => (
  <Icon>
    <path d="M4 8h3.500L9 5.500h6L16.500 8H20v11H4z" />
    <circle cx="12" cy="13" r="3.200" />
  </Icon>
);

export const ScissorsIcon = (): VNode => (
  <Icon>
    <circle cx="6" cy="7" r="2.500" />
    <circle cx="6" cy="17" r="2.500" />
    <path d="M8.200 8.300 20 16M8.200 15.700 20 8" />
  </Icon>
);

export const FlagIcon = (): VNode => (
  <Icon>
    <path d="M6 21V4h12l-3 4.500L18 13H6" />
  </Icon>
);

export const MoreIcon = (): VNode => (
  <Icon>
    <path d="M5 12v.1M12 12v.1M19 12v.1" stroke-width="3.500" />
  </Icon>
);

export const PhoneIcon = (): VNode => (
  <Icon>
    <rect x="7" y="3" width="10" height="18" rx="2" />
    <path d="M11 18h2" />
  </Icon>
);

export const DropIcon = (): VNode => (
  <Icon>
    <path d="M12 3.500s6 6.500 6 10.500a6 6 0 0 1-12 0c0-4 6-10.500 6-10.500z" />
  </Icon>
);

export const CoinIcon = (): VNode => (
  <Icon>
    <circle cx="12" cy="12" r="8.500" />
    <path d="M14.500 9.500a3 3 0 0 0-2.500-1.200c-1.600 0-2.600.8-2.600 1.900 0 2.500 5.300 1.100 5.300 3.700 0 1.100-1.100 1.900-2.700 1.900a3 3 0 0 1-2.600-1.300M12 6.600v10.800" />
  </Icon>
);

export const BellIcon = (): VNode => (
  <Icon>
    <path d="M6 17h12l-1.500-2.500V11a4.500 4.500 0 0 0-9 0v3.500zM10 20a2 2 0 0 0 4 0M12 6.500V4" />
  </Icon>
);

export const FlowIcon = (): VNode => (
  <Icon>
    <path d="M3 9h6v6H3zM15 3h6v6h-6zM15 15h6v6h-6zM9 12h3M12 6v12M12 6h3M12 18h3" />
  </Icon>
);

export const QueueIcon = (): VNode => (
  <Icon>
    <path d="M3 6h14M3 12h10M3 18h6M15 15l3 3 3-3M18 18V9" />
  </Icon>
);

export const BoltIcon = (): VNode => (
  <Icon>
    <path d="M13 3L5 14h6l-1 7 8-11h-6z" />
  </Icon>
);

export const TableIcon = (): VNode => (
  <Icon>
    <path d="M3 5h18v14H3zM3 10h18M3 15h18M9 5v14" />
  </Icon>
);

export const SlidersIcon = (): VNode => (
  <Icon>
    <path d="M4 7h9M17 7h3M4 17h3M11 17h9M13 5h4v4h-4zM7 15h4v4H7z" />
  </Icon>
);
