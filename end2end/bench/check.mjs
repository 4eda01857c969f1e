// Whether a candidate does the work that is measured, and does not merely answer quickly.
import { get, post, signIn, tryToSignIn } from "./requests.mjs";

const body = (html) => /<tbody[\s>][\s\S]*?<\/tbody>/.exec(html)?.[0] ?? "";
const rows = (html) => body(html).match(/<tr[\s>][\s\S]*?<\/tr>/g) ?? [];
const words = (html) => html.replace(/<!--[\s\S]*?-->|<[^>]*>/g, "").trim();

/** Each row's id and name, by its link, and its version, the only cell that is a plain number. */
function secretsIn(html) {
  return rows(html).map((row) => {
    const [, id, name] = /<a\b[^>]*href="[^"]*\/secrets\/([\w-]+)"[^>]*>([\s\S]*?)<\/a>/.exec(row) ?? [];
    const cells = [...row.matchAll(/<td\b[^>]*>([\s\S]*?)<\/td>/g)].map(([, cell]) => words(cell));
    return { id, name: words(name ?? ""), version: cells.find((cell) => /^\d+$/.test(cell)) };
  });
}

/** What is wrong, in words; and the page itself. */
export async function check(server, { path, user, other, password }) {
  const { port, candidate } = server;
  const wrong = [];
  const expect = (what, holds) => holds || wrong.push(what);
  const page = (cookie) => get(port, path, cookie ? { Cookie: cookie } : {});
  const leadsAway = ({ status }) => status === 302 || status === 303;
  const isHidden = ({ status }) => status === 403 || status === 404;

  const mine = await signIn(server, user, password);
  const theirs = await signIn(server, other, password);
  const shown = await page(mine);
  const secrets = secretsIn(shown.text);
  expect(`the page is 200 (${shown.status})`, shown.status === 200);
  expect("it is not compressed", !shown.headers["content-encoding"]);
  expect(`it has 50 rows (${secrets.length})`, secrets.length === 50);
  for (const key of ["id", "name"]) {
    expect(`each row has its ${key}`, new Set(secrets.map((row) => row[key]).filter(Boolean)).size === secrets.length);
  }

  for (const [what, cookie] of [["no session", undefined], ["a made-up session", mine.replace(/=.{6}/, "=AAAAAA")]]) {
    const answer = await page(cookie);
    expect(`${what} leads to the sign-in (${answer.status})`, leadsAway(answer));
    expect(`${what} shows no name`, !secrets.some(({ name }) => answer.text.includes(name)));
  }
  expect("a wrong password makes no session", !(await tryToSignIn(server, user, `${password}!`)));

  const foreign = secretsIn((await page(theirs)).text).find(({ id }) => !secrets.some((own) => own.id === id));
  const first = secrets[0];
  const detail = (id) => get(port, `/secrets/${id}`, { Cookie: mine });
  const own = await detail(first?.id);
  // A candidate may serve less than the whole, as the upper limit does.
  if (own.status === 404) return { wrong, covers: "the list", page: shown };
  expect("an own secret's page has its name", own.status === 200 && own.text.includes(first.name));
  expect("another's secret is hidden", isHidden(await detail(foreign?.id)));

  const rotate = (cookie, { id }) =>
    post(port, candidate.rotate.path.replace(":id", id), candidate.rotate.fields, { Cookie: cookie });
  const rotated = await rotate(mine, first);
  if (rotated.status === 404 || rotated.status === 405) return { wrong, covers: "list, page", page: shown };
  expect(`whoever may rotate can (${rotated.status})`, leadsAway(rotated));
  const after = secretsIn((await page(mine)).text).find(({ id }) => id === first.id);
  expect("the rotation shows in the list", Number(after?.version) === Number(first.version) + 1);
  expect("whoever may not rotate cannot", isHidden(await rotate(theirs, foreign)));
  expect("nor anybody another's", isHidden(await rotate(mine, foreign)));
  return { wrong, covers: "list, page, rotation", page: shown };
}
