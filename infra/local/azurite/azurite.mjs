// Runs Azurite's table service, or all of its services, apart from the process that asked for it.
//   node azurite.mjs start FOLDER PORT disk|memory PARENT [BLOB QUEUE]
//     starts it and returns; PORT serves tables; PARENT is a process id to live no longer than, or 0; with the ports BLOB and QUEUE these services start too
// FOLDER holds azurite.run ("pid port", there while it runs) and azurite.log; a file azurite.stop ends it after it has saved its data.
// Why not signals: only an orderly close saves the last five seconds, Windows has no SIGINT to send, and the terminal's Ctrl+C must not reach it.
import { spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const [verb, folder, port, persistence, parent, blobPort, queuePort] = process.argv.slice(2);
const runFile = join(folder, 'azurite.run');
const stopFile = join(folder, 'azurite.stop');

if (verb === 'start') {
  mkdirSync(folder, { recursive: true });
  rmSync(stopFile, { force: true });
  const log = openSync(join(folder, 'azurite.log'), 'w');
  const child = spawn(process.execPath, [fileURLToPath(import.meta.url), 'run', ...process.argv.slice(3)], {
    cwd: folder,
    detached: true,
    windowsHide: true,
    stdio: ['ignore', log, log],
  });
  child.unref();
  closeSync(log);
  writeFileSync(runFile, `${child.pid} ${port}`);
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

  const all = blobPort !== undefined;
  const main = fileURLToPath(new URL(`node_modules/azurite/dist/src/${all ? 'azurite' : 'table/main'}.js`, import.meta.url));
  process.argv = [process.execPath, main, '--tableHost', '127.0.0.1', '--tablePort', port, '--silent', '--disableTelemetry', '--skipApiVersionCheck',
    ...(all ? ['--blobHost', '127.0.0.1', '--blobPort', blobPort, '--queueHost', '127.0.0.1', '--queuePort', queuePort] : []),
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
