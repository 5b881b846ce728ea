import { basename, posix } from 'node:path'
import { apart, fileNameOf, MADE_BY, markOf, nameOf, syncWords, tagOf, type ScheduledRun, type Written } from './run.js'

/** The CronJob and the volume for its state, by their path in the repository. `folder`: of mlc.yaml in it. */
export function kubernetesManifest(run: ScheduledRun, folder: string): Written {
  return { path: `kubernetes/mlc-${nameOf(run)}.yaml`, text: manifestText(run, folder) }
}

function manifestText(run: ScheduledRun, folder: string): string {
  const { place, cron, zone } = run
  const name = objectName(`mlc-${nameOf(run)}`)
  return `# ${MADE_BY} ${place.version}
${markOf(run, posix.join(folder, basename(place.config)))}
# Once, in the folder of mlc.yaml, with the credentials in files named as below in a folder of their own:
#   kubectl create configmap ${name}-books ${configFiles(run)}
#   kubectl create secret generic ${name}-credentials --from-file=FOLDER-OF-THE-CREDENTIALS
# IMAGE is one of yours with mlc in it: examples/kubernetes/Dockerfile of ml-connector makes it.
# The state (runs, plans, audit) is on a volume of this CronJob's own: back it up like books.
apiVersion: v1
kind: PersistentVolumeClaim
metadata:
  name: ${name}-state
spec:
  accessModes: [ReadWriteOnce]
  resources:
    requests:
      storage: 5Gi
---
apiVersion: batch/v1
kind: CronJob
metadata:
  name: ${name}
spec:
  schedule: ${JSON.stringify(cron.text)}
${zone === null ? '' : `  timeZone: ${JSON.stringify(zone)}\n`}  # A run that still goes on when the next is due does the work of both.
  concurrencyPolicy: Forbid
  startingDeadlineSeconds: 3600
  successfulJobsHistoryLimit: 3
  failedJobsHistoryLimit: 7
  jobTemplate:
    spec:
      # Down or throttling (75) and the lock (7) are worth another try, and so is a pod that was taken away. All else waits for a person.
      backoffLimit: 3
      podFailurePolicy:
        rules:
          - action: Ignore
            onPodConditions:
              - type: DisruptionTarget
          - action: FailJob
            onExitCodes:
              containerName: mlc
              operator: NotIn
              values: [7, 75]
      template:
        spec:
          restartPolicy: Never
          automountServiceAccountToken: false
          enableServiceLinks: false
          # Stopped in the middle, mlc finishes the record in flight.
          terminationGracePeriodSeconds: 180
          securityContext:
            runAsNonRoot: true
            runAsUser: 10001
            runAsGroup: 10001
            fsGroup: 10001
            seccompProfile:
              type: RuntimeDefault
          containers:
            - name: mlc
              image: IMAGE
              args: ${JSON.stringify(syncWords(run))}
              env:
${environmentLines(run)}
              securityContext:
                allowPrivilegeEscalation: false
                readOnlyRootFilesystem: true
                capabilities:
                  drop: [ALL]
              resources:
                requests: { cpu: 100m, memory: 128Mi }
                limits: { memory: 512Mi }
              volumeMounts:
                - { name: books, mountPath: /books, readOnly: true }
                - { name: credentials, mountPath: /run/secrets/mlc, readOnly: true }
                - { name: state, mountPath: /state }
                - { name: tmp, mountPath: /tmp }
          volumes:
            - name: books
              configMap:
                name: ${name}-books
                items:
${configItems(run)}
            - name: credentials
              secret:
                secretName: ${name}-credentials
                # 0440: YAML 1.1 and 1.2 read octal numbers differently.
                defaultMode: 288
            - name: state
              persistentVolumeClaim:
                claimName: ${name}-state
            - name: tmp
              emptyDir: {}
`
}

/** Lower-case letters, digits and dashes, and room for what Kubernetes appends. (RFC 1123, CronJob: at most 52) */
function objectName(name: string): string {
  const clean = name.toLowerCase().replace(/[^a-z0-9]+/g, '-')
  // What two names lose may be all that they differ in.
  return clean === name && name.length <= 40 ? name : `${clean.slice(0, 33)}-${tagOf(name)}`
}

function environmentLines({ place }: ScheduledRun): string {
  const { variables, credentials } = apart(place)
  const { NODE_EXTRA_CA_CERTS: _, ...own } = variables
  const values = {
    ...{ MLC_STORE: 'none', MLC_CONFIG: '/books/mlc.yaml', MLC_STATE_DIR: '/state/mlc', XDG_CACHE_HOME: '/tmp' },
    ...own,
    ...Object.fromEntries(credentials.map((one) => [`${one.variable}_FILE`, `/run/secrets/mlc/${fileNameOf(one)}`])),
  }
  return Object.entries(values)
    .map(([name, value]) => `                - { name: ${name}, value: ${JSON.stringify(value)} }`)
    .join('\n')
}

/** A ConfigMap has no folders: each file gets a key, and its place back when it is mounted. */
function configKeys({
  place,
}: ScheduledRun): readonly { readonly key: string; readonly path: string; readonly from: string }[] {
  const own = place.files.map((path) => ({ key: path.replace(/[^\w.-]+/g, '-'), path, from: path }))
  return [{ key: 'mlc.yaml', path: 'mlc.yaml', from: basename(place.config) }, ...own]
}

function configFiles(run: ScheduledRun): string {
  return configKeys(run)
    .map(({ key, from }) => `--from-file=${key === from ? from : `${key}=${from}`}`)
    .join(' ')
}

function configItems(run: ScheduledRun): string {
  return configKeys(run)
    .map(({ key, path }) => `                  - { key: ${JSON.stringify(key)}, path: ${JSON.stringify(path)} }`)
    .join('\n')
}
