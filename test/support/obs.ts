import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { WebSocket } from 'ws';
import { type Child, start } from './child.ts';
import { freePort } from './free-port.ts';
import { tempDir } from './temp-dir.ts';
import { until } from './until.ts';

export type ObsOptions = {
  /** Settings > Stream: Server and Stream Key. */
  readonly server: string;
  readonly streamKey: string;
  /** Settings > Output: Keyframe Interval in seconds; 0 is OBS's "auto", which is 250 frames. */
  readonly keyFrameSeconds: number;
};

/** OBS Studio under a virtual screen, streaming from its start until it is stopped. */
export type Obs = {
  readonly child: Child;
  /** Stop Streaming, then the window is closed. */
  stop(): Promise<void>;
};

const PROFILE = 'HeadwaterTest';

/** Starts OBS with a profile of its own: a coloured picture, a silent track, 640x360 at 30 fps. */
export async function startObs(options: ObsOptions): Promise<Obs> {
  const home = await tempDir('obs');
  const port = await freePort();
  await writeSettings(join(home.path, 'obs-studio'), port, options);
  const screen = start('Xvfb', ['-displayfd', '1', '-screen', '0', '1024x768x24', '-nolisten', 'tcp']);
  const display = await until('there is a screen', () => /^\d+\n/.exec(screen.stdout())?.[0].trim());
  const window = ['--minimize-to-tray', '--multi', '--disable-updater'];
  const child = start('obs', ['--startstreaming', ...window, '--profile', PROFILE, '--collection', PROFILE], {
    env: {
      ...process.env,
      DISPLAY: `:${display}`,
      HOME: home.path,
      XDG_CONFIG_HOME: home.path,
      XDG_RUNTIME_DIR: home.path,
      LIBGL_ALWAYS_SOFTWARE: '1',
      QT_QPA_PLATFORM: 'xcb',
    },
  });
  return {
    child,
    async stop() {
      // While it streams, OBS answers signals with a question that nobody sees.
      if (child.process.exitCode === null) {
        await stopStreaming(port);
        await until('OBS has stopped', () => child.stdout().includes('= Streaming Stop ='));
      }
      await child.stop('SIGINT');
      await screen.stop();
      await home.remove();
    },
  };
}

/** Presses Stop Streaming by obs-websocket's protocol (version 5): hello, identify, identified, request, response. */
async function stopStreaming(port: number): Promise<void> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}`);
  const ask = async (op: number, d: object) => {
    socket.send(JSON.stringify({ op, d }));
    await once(socket, 'message');
  };
  await once(socket, 'message');
  await ask(1, { rpcVersion: 1, eventSubscriptions: 0 });
  await ask(6, { requestType: 'StopStream', requestId: 'stop' });
  socket.close();
}

async function writeSettings(folder: string, port: number, options: ObsOptions): Promise<void> {
  const { server, streamKey, keyFrameSeconds } = options;
  const profile = join(folder, 'basic/profiles', PROFILE);
  const scenes = join(folder, 'basic/scenes');
  await mkdir(profile, { recursive: true });
  await mkdir(scenes, { recursive: true });
  const service = { type: 'rtmp_custom', settings: { server, key: streamKey, use_auth: false, bwtest: false } };
  const encoder = {
    rate_control: 'CBR',
    bitrate: 600,
    keyint_sec: keyFrameSeconds,
    preset: 'ultrafast',
    profile: 'main',
    tune: 'zerolatency',
  };
  await writeFile(join(folder, 'global.ini'), `${GLOBAL}\n[OBSWebSocket]\nServerPort=${port}\n${WEB_SOCKET}`);
  await writeFile(join(profile, 'basic.ini'), BASIC);
  await writeFile(join(profile, 'service.json'), JSON.stringify(service));
  await writeFile(join(profile, 'streamEncoder.json'), JSON.stringify(encoder));
  await writeFile(join(scenes, `${PROFILE}.json`), JSON.stringify(SCENES));
}

const GLOBAL = `[General]
FirstRun=true
LastVersion=486539266
InfoIncrement=1000
EnableAutoUpdates=false

[BasicWindow]
SysTrayEnabled=true
WarnBeforeStartingStream=false
WarnBeforeStoppingStream=false

[Basic]
Profile=${PROFILE}
ProfileDir=${PROFILE}
SceneCollection=${PROFILE}
SceneCollectionFile=${PROFILE}
ConfigOnNewProfile=false
`;

const WEB_SOCKET = 'FirstLoad=false\nServerEnabled=true\nAuthRequired=false\nAlertsEnabled=false\n';

const BASIC = `[General]
Name=${PROFILE}

[Output]
Mode=Advanced
Reconnect=false

[AdvOut]
TrackIndex=1
RecType=Standard
Encoder=obs_x264
ApplyServiceSettings=false
Track1Bitrate=96

[Video]
BaseCX=640
BaseCY=360
OutputCX=640
OutputCY=360
FPSType=0
FPSCommon=30

[Audio]
SampleRate=48000
ChannelSetup=Stereo
`;

const SCENES = {
  name: PROFILE,
  current_scene: 'Scene',
  current_program_scene: 'Scene',
  scene_order: [{ name: 'Scene' }],
  sources: [
    {
      id: 'color_source',
      versioned_id: 'color_source_v3',
      name: 'Color',
      settings: { color: 4_289_379_276, width: 640, height: 360 },
    },
    {
      id: 'scene',
      versioned_id: 'scene',
      name: 'Scene',
      settings: { id_counter: 1, items: [{ id: 1, name: 'Color', visible: true }] },
    },
  ],
};
