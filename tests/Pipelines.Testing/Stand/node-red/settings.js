// The one settings file of every Node-RED of the stand; NodeRedProcess fills it by environment.
const fs = require('fs');

const env = process.env;
const number = (text, otherwise) => (text ? Number(text) : otherwise);

const tokenUser = { username: 'stand', permissions: '*' };
const users = { stand: tokenUser };
if (env.NR_USER) {
    users[env.NR_USER] = { username: env.NR_USER, permissions: env.NR_USER_PERMISSIONS || '*' };
}

// Saves flows once there is a file of that name: as slow as a storage behind HTTP may be, and for as long as a test wants.
const storageThatWaitsFor = (file) => {
    const storage = require.main.require('@node-red/runtime/lib/storage/localfilesystem');
    return {
        ...storage,
        saveFlows: async (...all) => {
            console.log('The storage waits.');
            while (!fs.existsSync(file)) {
                await new Promise((next) => setTimeout(next, 20));
            }
            return storage.saveFlows(...all);
        },
    };
};

module.exports = {
    uiHost: '127.0.0.1',
    uiPort: number(env.NR_PORT),
    userDir: env.NR_USERDIR,
    storageModule: env.NR_STORAGE_WAITS_FOR ? storageThatWaitsFor(env.NR_STORAGE_WAITS_FOR) : undefined,
    flowFile: 'flows.json',
    flowFilePretty: false,
    credentialSecret: env.NR_CREDENTIAL_SECRET,
    httpAdminRoot: env.NR_ADMIN_ROOT,
    httpAdminMiddleware: env.NR_STORAGE_WAITS_FOR
        ? (request, _, next) => {
              console.log(`${request.method} ${request.path}`);
              next();
          }
        : undefined,
    disableEditor: env.NR_EDITOR !== 'true',
    nodeCloseTimeout: number(env.NR_NODE_CLOSE_TIMEOUT, 15000),
    apiMaxLength: env.NR_API_MAX_LENGTH || '5mb',
    runtimeState: { enabled: env.NR_RUNTIME_STATE === 'true', ui: false },
    diagnostics: { enabled: true, ui: false },
    telemetry: { enabled: false },
    externalModules: { palette: { allowInstall: false }, modules: { allowInstall: false } },
    editorTheme: { tours: false },
    functionTimeout: 0,
    logging: { console: { level: 'info', metrics: false, audit: false } },
    adminAuth: {
        type: 'credentials',
        users: async (name) => users[name] ?? null,
        authenticate: async (name, password) => (env.NR_USER && name === env.NR_USER && password === env.NR_PASSWORD ? users[name] : null),
        tokens: async (token) => (token === env.NR_TOKEN ? tokenUser : null),
    },
};
