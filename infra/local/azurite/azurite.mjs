// Runs Azurite apart from the process that asked for it.
//   node azurite.mjs start PACKAGES FOLDER "TABLE BLOB QUEUE" disk|memory PARENT   starts it and returns
// PACKAGES is the folder with its node_modules.
// TABLE, BLOB and QUEUE are the services' ports (0 for BLOB: the table service alone); PARENT is a process id to live no longer than, or 0.
// FOLDER holds azurite.run ("pid TABLE BLOB QUEUE", there while it runs) and azurite.log; a file azurite.stop ends it after it has saved its data.
// Why not signals: only an orderly close saves the last five seconds, Windows has no SIGINT to send, and the terminal's Ctrl+C must not reach it.
import { spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const [verb, packages, folder, ports, persistence, parent] = process.argv.slice(2);
const runFile = join(folder, 'azurite.run');
const stopFile = join(folder, 'azurite.stop');

if (verb === 'start') {
  mkdirSync(folder, { recursive: true });
  rmSync(stopFile, { force: true });
  const log = openSync(join(folder, 'azurite.log'), 'w');
  const child = spawn(process.execPath, [fileURLToPath(import.meta.url), 'run', packages, folder, ports, persistence, parent], {
    cwd: folder,
    detached: true,
    windowsHide: true,
    stdio: ['ignore', log, log],
  });
  child.unref();
  closeSync(log);
  writeFileSync(runFile, `${child.pid} ${ports}`);
} else {
  process.on('exit', () => {
    if (existsSync(runFile) && readFileSync(runFile, 'utf8').startsWith(`${process.pid} `))
      rmSync(runFile);
    if (persistence === 'memory') {
      try {
        process.chdir('..');
        rmSync(folder, { recursive: true, force: true });
      } catch {
        // Windows keeps a log file that is still open; it lies in the folder for temporary files.
      }
    }
  });

  const watch = setInterval(() => {
    if (!existsSync(stopFile) && isAlive(Number(parent)))
      return;
    clearInterval(watch);
    rmSync(stopFile, { force: true });
    process.emit('SIGINT');
  }, 100);
  watch.unref();

  const [table, blob, queue] = ports.split(' ');
  const all = blob !== '0';
  const main = join(packages, 'node_modules', 'azurite', 'dist', 'src', all ? 'azurite.js' : join('table', 'main.js'));
  process.argv = [process.execPath, main, '--tableHost', '127.0.0.1', '--tablePort', table, '--silent', '--disableTelemetry', '--skipApiVersionCheck',
    ...(all ? ['--blobHost', '127.0.0.1', '--blobPort', blob, '--queueHost', '127.0.0.1', '--queuePort', queue] : []),
    ...(persistence === 'memory' ? ['--inMemoryPersistence'] : ['--location', folder])];
  await import(pathToFileURL(main));
}

function isAlive(pid) {
  if (pid === 0)
    return true;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
