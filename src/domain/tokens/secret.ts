import {
  constants,
  copyFileSync,
  existsSync,
  linkSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { Fault } from "../../runtime/fault";

const SECRET_BYTES = 32;

/**
 * The signing secret that a server without `HEADEND_JWT_SECRET` makes once and keeps in its data folder, readable by
 * its owner only.
 *
 * @throws Fault when the file cannot be read or is no secret
 */
export function generatedSecret(folder: string): string {
  const path = join(folder, "jwt.secret");
  try {
    if (!existsSync(path)) makeSecret(path);
  } catch (error) {
    throw new Fault(`${path} cannot be written: ${(error as Error).message}`);
  }
  const secret = readSecret(path);
  if (Buffer.byteLength(secret) < SECRET_BYTES)
    throw new Fault(`${path} is damaged: put it back, or remove it to make a new one (which ends every session)`);
  return secret;
}

/**
 * A secret that holds as long as the server runs: made anew, and left in the data folder for whoever may read that.
 *
 * @throws Fault when it cannot be written
 */
export function freshSecret(folder: string, name: string): string {
  const path = join(folder, name);
  const draft = `${path}.${process.pid}`;
  const secret = randomSecret();
  try {
    writeFileSync(draft, `${secret}\n`, { mode: 0o600 });
    renameSync(draft, path);
  } catch (error) {
    rmSync(draft, { force: true });
    throw new Fault(`${path} cannot be written: ${(error as Error).message}`);
  }
  return secret;
}

/** Whole or not at all, and never over an existing one: processes that start together end up with the same secret. */
function makeSecret(path: string): void {
  const draft = `${path}.${process.pid}`;
  try {
    writeFileSync(draft, `${randomSecret()}\n`, { mode: 0o600, flush: true });
    copyName(draft, path);
  } catch (error) {
    if ((error as { code?: string }).code !== "EEXIST") throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

/** 256 bits, in letters that a URL takes as they are. */
export function randomSecret(): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(SECRET_BYTES))).toString("base64url");
}

function copyName(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch (error) {
    // Not every file system has links.
    if (!/^(EPERM|ENOTSUP|ENOSYS)$/.test((error as { code?: string }).code ?? "")) throw error;
    copyFileSync(from, to, constants.COPYFILE_EXCL);
  }
}

function readSecret(path: string): string {
  try {
    return readFileSync(path, "utf8").trim();
  } catch (error) {
    throw new Fault(`${path} cannot be read: ${(error as Error).message}`);
  }
}
