import {discard, folder, up} from './server';

/** Starts one server with the built-in sample for all tests that don't stop theirs. */
export default async function start() {
  const dir = folder();
  const server = await up(dir);
  process.env.BASE_URL = server.url;
  return async () => {
    await server.stop();
    discard(dir);
  };
}
