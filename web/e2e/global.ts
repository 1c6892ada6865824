import {discard, folder, furnish, up} from './server';

/**
 * Makes the demonstration that tests copy, and starts one server with the
 * built-in sample, without people and cases, for all tests that stop none.
 */
export default async function start() {
  const dir = folder(), template = folder();
  const [server] = await Promise.all([up(dir), furnish(template)]);
  process.env.BASE_URL = server.url;
  return async () => {
    await server.stop();
    discard(dir);
    discard(template);
  };
}
