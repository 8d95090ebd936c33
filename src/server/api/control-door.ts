import type { ClientAddresses } from '../../access/index.ts';
import type { Logger } from '../../log/index.ts';
import type { Metrics } from '../../metrics/index.ts';
import type {
  AlarmDoor,
  ApsaraActionsDoor,
  AssetDoor,
  BlockDoor,
  CertificateDoor,
  ClipDoor,
  CostDoor,
  DataKeyDoor,
  DeliveryDoor,
  DomainCheckDoor,
  DrainDoor,
  EventDoor,
  HistoryDoor,
  HostDoor,
  IdentityDoor,
  JobDoor,
  LimitDoor,
  LinkDoor,
  LoadDoor,
  MarkerDoor,
  MediaTaskDoor,
  MediaTemplateDoor,
  NodeHealth,
  NodeListDoor,
  NodeSettings,
  OtherNodes,
  PlayDoor,
  RecordingDoor,
  RelayDoor,
  Repeats,
  ReportDoor,
  RulesDoor,
  SilenceDoor,
  SnapshotDoor,
  StorageDoor,
  StreamDoor,
  StreamStateDoor,
  TopDoor,
  Traffic,
  TriggerDoor,
  UploadsDoor,
  UsageDoor,
  WorkflowDoor,
} from '../../operations/index.ts';
import type { FileHolders } from './files-elsewhere.ts';
import type { MediaDoor } from './media-operations.ts';

/** What the control door needs of the server around it. */
export type ControlDoor = {
  readonly clients: Pick<ClientAddresses, 'find'>;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly consoleDir: string;
  readonly identity: IdentityDoor;
  /** For requests that came before. */
  readonly repeats: Repeats;
  readonly metricsToken: string | undefined;
  readonly streams: StreamDoor;
  readonly traffic: () => Promise<Traffic>;
  readonly pictureOf: MediaDoor['pictureOf'];
  /** Where the console may play from. */
  readonly playOrigins: () => readonly string[];
  readonly health: () => NodeHealth;
  readonly drain: DrainDoor;
  readonly nodes: NodeListDoor;
  /** Who does what this node cannot; left out where there are no others. */
  readonly otherNodes?: (OtherNodes & FileHolders) | undefined;
  readonly load: LoadDoor;
  readonly settings: () => Promise<NodeSettings>;
  readonly blocks: BlockDoor;
  readonly rules: RulesDoor;
  readonly links: LinkDoor;
  readonly recording: RecordingDoor;
  readonly clipping: ClipDoor & MarkerDoor & Pick<MediaDoor, 'chapters' | 'indexFiles'>;
  readonly relays: RelayDoor;
  readonly deliveries: DeliveryDoor;
  readonly certificates: CertificateDoor;
  readonly domainCheck: DomainCheckDoor;
  readonly history: HistoryDoor;
  readonly top: TopDoor;
  readonly reports: ReportDoor;
  readonly hosts: HostDoor;
  readonly apsara: ApsaraActionsDoor;
  readonly limits: LimitDoor;
  readonly jobs: JobDoor;
  readonly library: AssetDoor;
  readonly media: MediaTaskDoor & MediaTemplateDoor & DataKeyDoor;
  readonly workflows: WorkflowDoor & TriggerDoor;
  readonly usage: UsageDoor;
  readonly costs: CostDoor;
  readonly streamState: StreamStateDoor;
  readonly alarms: AlarmDoor;
  readonly silences: SilenceDoor;
  readonly events: EventDoor;
  readonly storages: StorageDoor;
  readonly snapshots: SnapshotDoor;
  readonly mediaUploads: UploadsDoor;
  readonly assetPlay: PlayDoor;
  readonly backup: MediaDoor['backup'];
  /** Host and port under which Prometheus reaches this node's metrics. */
  readonly metricsTargets: () => readonly string[];
};
