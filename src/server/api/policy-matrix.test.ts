import { describe, expect, it } from 'vitest';
import { type Action, decideAnywhere, policyOf, ROLE_NAMES } from '../../identity/policy/index.ts';
import { apiDocument } from './control-app.ts';
import { standInDoor } from './test-door.ts';

type Paths = Record<string, Record<string, { readonly operationId: string; readonly 'x-action'?: string }>>;

/** A line for each operation that asks for a right: its name, the right, and who of the roles has it. */
async function matrix(): Promise<string> {
  const operations = Object.values((await apiDocument(standInDoor())).paths as Paths).flatMap((methods) =>
    Object.values(methods),
  );
  const lines = operations.flatMap(({ operationId, 'x-action': action = '' }) =>
    action.includes(':') ? [`${operationId.padEnd(24)}${action.padEnd(22)}${allowed(action as Action)}`] : [],
  );
  return `\n${lines.join('\n')}\n`;
}

function allowed(action: Action): string {
  const roles = ROLE_NAMES.filter((role) => decideAnywhere(policyOf([{ role, resources: ['*'] }]), action).allowed);
  return roles.join(' ');
}

describe('every operation by every role', () => {
  it('is for those who are named here', async () => {
    expect(await matrix()).toMatchInlineSnapshot(`
      "
      listStreams             streams:read          admin operator monitor domain-manager
      getStream               streams:read          admin operator monitor domain-manager
      kickStream              streams:kick          admin operator domain-manager
      chooseStreamSource      streams:kick          admin operator domain-manager
      getSetup                streams:push-urls     admin operator domain-manager
      getStreamState          streams:read          admin operator monitor domain-manager
      listViewedStreams       streams:read          admin operator monitor domain-manager
      listViewers             streams:read          admin operator monitor domain-manager
      kickViewer              streams:kick          admin operator domain-manager
      listHistory             streams:read          admin operator monitor domain-manager
      topTraffic              usage:read            admin operator monitor domain-manager billing
      getShowReport           usage:read            admin operator monitor domain-manager billing
      listLimits              usage:read            admin operator monitor domain-manager billing
      getUsage                usage:read            admin operator monitor domain-manager billing
      getUsageDetails         usage:read            admin operator monitor domain-manager billing
      getCosts                usage:read            admin operator monitor domain-manager billing
      estimateCost            usage:read            admin operator monitor domain-manager billing
      compareEstimate         usage:read            admin operator monitor domain-manager billing
      listBudgetStates        usage:read            admin operator monitor domain-manager billing
      listBlocks              blocks:read           admin operator monitor domain-manager
      createBlock             blocks:write          admin operator domain-manager
      deleteBlock             blocks:write          admin operator domain-manager
      explainUrl              streams:read          admin operator monitor domain-manager
      getRules                rules:read            admin operator monitor domain-manager template-admin
      replaceRules            rules:write           admin domain-manager
      checkRules              rules:read            admin operator monitor domain-manager template-admin
      getEffectiveRules       rules:read            admin operator monitor domain-manager template-admin
      listRevisions           rules:read            admin operator monitor domain-manager template-admin
      getRevision             rules:read            admin operator monitor domain-manager template-admin
      diffRevision            rules:read            admin operator monitor domain-manager template-admin
      rollBackRules           rules:write           admin domain-manager
      listApprovals           rules:read            admin operator monitor domain-manager template-admin
      approve                 rules:approve         admin domain-manager
      reject                  rules:approve         admin domain-manager
      rotateKeys              rules:write           admin domain-manager
      listDomains             rules:read            admin operator monitor domain-manager template-admin
      createDomain            rules:write           admin domain-manager
      getDomain               rules:read            admin operator monitor domain-manager template-admin
      replaceDomain           rules:write           admin domain-manager
      deleteDomain            rules:write           admin domain-manager
      listStreamRules         rules:read            admin operator monitor domain-manager template-admin
      createStreamRule        rules:write           admin domain-manager
      getStreamRule           rules:read            admin operator monitor domain-manager template-admin
      replaceStreamRule       rules:write           admin domain-manager
      deleteStreamRule        rules:write           admin domain-manager
      listTemplates           templates:read        admin operator monitor domain-manager template-admin job-submitter
      createTemplate          templates:write       admin template-admin
      getTemplate             templates:read        admin operator monitor domain-manager template-admin job-submitter
      replaceTemplate         templates:write       admin template-admin
      deleteTemplate          templates:write       admin template-admin
      listTemplateGroups      templates:read        admin operator monitor domain-manager template-admin job-submitter
      createTemplateGroup     templates:write       admin template-admin
      getTemplateGroup        templates:read        admin operator monitor domain-manager template-admin job-submitter
      replaceTemplateGroup    templates:write       admin template-admin
      deleteTemplateGroup     templates:write       admin template-admin
      listWatermarks          templates:read        admin operator monitor domain-manager template-admin job-submitter
      createWatermark         templates:write       admin template-admin
      getWatermark            templates:read        admin operator monitor domain-manager template-admin job-submitter
      replaceWatermark        templates:write       admin template-admin
      deleteWatermark         templates:write       admin template-admin
      listStreamKeys          rules:read            admin operator monitor domain-manager template-admin
      createStreamKey         rules:write           admin domain-manager
      getStreamKey            rules:read            admin operator monitor domain-manager template-admin
      replaceStreamKey        rules:write           admin domain-manager
      deleteStreamKey         rules:write           admin domain-manager
      listCallbacks           rules:read            admin operator monitor domain-manager template-admin
      createCallback          rules:write           admin domain-manager
      getCallback             rules:read            admin operator monitor domain-manager template-admin
      replaceCallback         rules:write           admin domain-manager
      deleteCallback          rules:write           admin domain-manager
      listMediaCallbacks      rules:read            admin operator monitor domain-manager template-admin
      createMediaCallback     rules:write           admin domain-manager
      getMediaCallback        rules:read            admin operator monitor domain-manager template-admin
      replaceMediaCallback    rules:write           admin domain-manager
      deleteMediaCallback     rules:write           admin domain-manager
      listAlarmChannels       rules:read            admin operator monitor domain-manager template-admin
      createAlarmChannel      rules:write           admin domain-manager
      getAlarmChannel         rules:read            admin operator monitor domain-manager template-admin
      replaceAlarmChannel     rules:write           admin domain-manager
      deleteAlarmChannel      rules:write           admin domain-manager
      listAlarmPolicies       rules:read            admin operator monitor domain-manager template-admin
      createAlarmPolicy       rules:write           admin domain-manager
      getAlarmPolicy          rules:read            admin operator monitor domain-manager template-admin
      replaceAlarmPolicy      rules:write           admin domain-manager
      deleteAlarmPolicy       rules:write           admin domain-manager
      listPrices              usage:read            admin operator monitor domain-manager billing
      createPrice             usage:write           admin billing
      getPrice                usage:read            admin operator monitor domain-manager billing
      replacePrice            usage:write           admin billing
      deletePrice             usage:write           admin billing
      listBudgets             usage:read            admin operator monitor domain-manager billing
      createBudget            usage:write           admin billing
      getBudget               usage:read            admin operator monitor domain-manager billing
      replaceBudget           usage:write           admin billing
      deleteBudget            usage:write           admin billing
      listEstimates           usage:read            admin operator monitor domain-manager billing
      createEstimate          usage:write           admin billing
      getEstimate             usage:read            admin operator monitor domain-manager billing
      replaceEstimate         usage:write           admin billing
      deleteEstimate          usage:write           admin billing
      listPulls               rules:read            admin operator monitor domain-manager template-admin
      createPull              rules:write           admin domain-manager
      getPull                 rules:read            admin operator monitor domain-manager template-admin
      replacePull             rules:write           admin domain-manager
      deletePull              rules:write           admin domain-manager
      listTransfers           rules:read            admin operator monitor domain-manager template-admin
      createTransfer          rules:write           admin domain-manager
      getTransfer             rules:read            admin operator monitor domain-manager template-admin
      replaceTransfer         rules:write           admin domain-manager
      deleteTransfer          rules:write           admin domain-manager
      attachHost              rules:write           admin domain-manager
      detachHost              rules:write           admin domain-manager
      listStorages            rules:read            admin operator monitor domain-manager template-admin
      listSnapshots           recordings:read       admin operator monitor domain-manager
      deleteSnapshot          recordings:delete     admin domain-manager
      createUpload            assets:upload         admin uploader
      listUploads             assets:read           admin operator monitor uploader
      getUpload               assets:read           admin operator monitor uploader
      abortUpload             assets:upload         admin uploader
      refreshUpload           assets:upload         admin uploader
      refreshAssetUpload      assets:upload         admin uploader
      fetchUpload             assets:upload         admin uploader
      createUploadCredentials assets:upload         admin uploader
      registerObjects         assets:upload         admin uploader
      importAssets            assets:upload         admin uploader
      apply                   rules:write           admin domain-manager
      getInventory            rules:read            admin operator monitor domain-manager template-admin
      listRecordings          recordings:read       admin operator monitor domain-manager
      deleteRecording         recordings:delete     admin domain-manager
      commandRecording        recordings:command    admin operator domain-manager
      listClips               clips:read            admin operator monitor domain-manager
      createClip              clips:create          admin operator domain-manager
      getClip                 clips:read            admin operator monitor domain-manager
      deleteClip              clips:delete          admin domain-manager
      listMarkers             clips:read            admin operator monitor domain-manager
      createMarker            clips:create          admin operator domain-manager
      deleteMarker            clips:delete          admin domain-manager
      listIndexFiles          clips:read            admin operator monitor domain-manager
      createIndexFile         clips:create          admin operator domain-manager
      getIndexFile            clips:read            admin operator monitor domain-manager
      deleteIndexFile         clips:delete          admin domain-manager
      getPlayInfo             assets:read           admin operator monitor uploader
      createPlayAuth          play-tokens:issue     admin operator domain-manager play-token-issuer
      revokePlayAuths         play-tokens:issue     admin operator domain-manager play-token-issuer
      listAssetAddresses      assets:read           admin operator monitor uploader
      listPipelines           pipelines:read        admin operator monitor template-admin job-submitter
      createPipeline          pipelines:write       admin
      getPipeline             pipelines:read        admin operator monitor template-admin job-submitter
      updatePipeline          pipelines:write       admin
      deletePipeline          pipelines:write       admin
      listJobs                jobs:read             admin operator monitor job-submitter
      createJob               jobs:submit           admin operator job-submitter
      getJob                  jobs:read             admin operator monitor job-submitter
      deleteJob               jobs:cancel           admin operator job-submitter
      cancelJob               jobs:cancel           admin operator job-submitter
      retryJob                jobs:submit           admin operator job-submitter
      retryFailedJobs         jobs:submit           admin operator job-submitter
      listJobWorkers          pipelines:read        admin operator monitor template-admin job-submitter
      listWorkflows           templates:read        admin operator monitor domain-manager template-admin job-submitter
      createWorkflow          templates:write       admin template-admin
      checkWorkflow           templates:read        admin operator monitor domain-manager template-admin job-submitter
      getWorkflow             templates:read        admin operator monitor domain-manager template-admin job-submitter
      deleteWorkflow          templates:write       admin template-admin
      publishWorkflow         templates:write       admin template-admin
      getWorkflowVersion      templates:read        admin operator monitor domain-manager template-admin job-submitter
      setWorkflowAlias        templates:write       admin template-admin
      deleteWorkflowAlias     templates:write       admin template-admin
      startWorkflowRun        jobs:submit           admin operator job-submitter
      listWorkflowRuns        jobs:read             admin operator monitor job-submitter
      getWorkflowRun          jobs:read             admin operator monitor job-submitter
      listWorkflowTriggers    templates:read        admin operator monitor domain-manager template-admin job-submitter
      createWorkflowTrigger   templates:write       admin template-admin
      getWorkflowTrigger      templates:read        admin operator monitor domain-manager template-admin job-submitter
      setWorkflowTrigger      templates:write       admin template-admin
      deleteWorkflowTrigger   templates:write       admin template-admin
      sendWorkflowEvents      jobs:submit           admin operator job-submitter
      listPullStates          streams:read          admin operator monitor domain-manager
      restartPull             streams:kick          admin operator domain-manager
      listTransferStates      streams:read          admin operator monitor domain-manager
      restartTransfer         streams:kick          admin operator domain-manager
      listAssets              assets:read           admin operator monitor uploader
      createAsset             assets:upload         admin uploader
      getAsset                assets:read           admin operator monitor uploader
      updateAsset             assets:write          admin operator
      deleteAsset             assets:delete         admin
      listAssetFiles          assets:read           admin operator monitor uploader
      processAsset            assets:write          admin operator
      listAssetJobs           assets:read           admin operator monitor uploader
      reviewAsset             assets:write          admin operator
      restoreAsset            assets:delete         admin
      purgeAsset              assets:delete         admin
      listReviewLinks         assets:read           admin operator monitor uploader
      createReviewLink        assets:write          admin operator
      deleteReviewLink        assets:write          admin operator
      findAssetByObject       assets:read           admin operator monitor uploader
      takeAssetPictures       assets:write          admin operator
      deleteAssetFile         assets:delete         admin
      listCategories          categories:read       admin operator monitor uploader
      createCategory          categories:write      admin
      updateCategory          categories:write      admin
      deleteCategory          categories:write      admin
      probeMedia              jobs:submit           admin operator job-submitter
      listMediaTemplates      templates:read        admin operator monitor domain-manager template-admin job-submitter
      createMediaTemplate     templates:write       admin template-admin
      getMediaTemplate        templates:read        admin operator monitor domain-manager template-admin job-submitter
      updateMediaTemplate     templates:write       admin template-admin
      deleteMediaTemplate     templates:write       admin template-admin
      createDataKey           play-tokens:issue     admin operator domain-manager play-token-issuer
      openDataKey             play-tokens:issue     admin operator domain-manager play-token-issuer
      listDeliveries          callbacks:read        admin operator monitor domain-manager
      getDelivery             callbacks:read        admin operator monitor domain-manager
      redeliver               callbacks:redeliver   admin operator domain-manager
      testCallback            callbacks:redeliver   admin operator domain-manager
      testMediaCallback       callbacks:redeliver   admin operator domain-manager
      listHosts               rules:read            admin operator monitor domain-manager template-admin
      getHost                 rules:read            admin operator monitor domain-manager template-admin
      describeHost            rules:write           admin domain-manager
      checkDomain             rules:read            admin operator monitor domain-manager template-admin
      listCertificates        certificates:read     admin operator monitor domain-manager
      createCertificate       certificates:write    admin domain-manager
      getCertificate          certificates:read     admin operator monitor domain-manager
      deleteCertificate       certificates:write    admin domain-manager
      orderCertificate        certificates:write    admin domain-manager
      listAlarms              alarms:read           admin operator monitor domain-manager
      getAlarm                alarms:read           admin operator monitor domain-manager
      acknowledgeAlarm        alarms:write          admin operator
      testAlarmChannel        alarms:write          admin operator
      listAlarmCodes          alarms:read           admin operator monitor domain-manager
      getRunbook              alarms:read           admin operator monitor domain-manager
      listSilences            alarms:read           admin operator monitor domain-manager
      createSilence           alarms:write          admin operator
      replaceSilence          alarms:write          admin operator
      deleteSilence           alarms:write          admin operator
      listEvents              events:read           admin operator monitor domain-manager
      listSessions            sessions:read         admin
      endSession              sessions:end          admin
      listUsers               users:read            admin
      createUser              users:write           admin
      getUser                 users:read            admin
      changeUser              users:write           admin
      deleteUser              users:write           admin
      listAccessKeys          keys:read             admin
      createAccessKey         keys:write            admin
      deleteAccessKey         keys:write            admin
      createTemporaryKey      keys:issue-temporary  admin operator domain-manager job-submitter uploader play-token-issuer
      listAudit               audit:read            admin
      verifyAudit             audit:read            admin
      getHealth               health:read           admin operator monitor
      getDrain                health:read           admin operator monitor
      startDrain              health:drain          admin operator
      endDrain                health:drain          admin operator
      listNodes               health:read           admin operator monitor
      getLoad                 health:read           admin operator monitor
      getSettings             health:read           admin operator monitor
      getTraffic              health:read           admin operator monitor
      getStreamPicture        streams:read          admin operator monitor domain-manager
      getRecordingChapters    recordings:read       admin operator monitor domain-manager
      getRecordingFile        recordings:read       admin operator monitor domain-manager
      getClipChapters         clips:read            admin operator monitor domain-manager
      getIndexFileObject      clips:read            admin operator monitor domain-manager
      getBackup               backup:read           admin
      followEvents            events:read           admin operator monitor domain-manager
      frameOfMedia            jobs:submit           admin operator job-submitter
      animationOfMedia        jobs:submit           admin operator job-submitter
      getUsageTable           usage:read            admin operator monitor domain-manager billing
      "
    `);
  });
});
