// A certified OpenID provider on loopback, set up as an organisation's own would be, for tests of signing in.
//
// One JSON object on standard input: {port, clients, people (claims by subject), audience, machineOrganisation}. When it listens it prints "ready".
// What a person would do on its pages is done at once: who signs in, and how strongly, a test says at POST /test.

import { generateKeyPairSync } from "node:crypto";
import { createServer } from "node:http";
import { Provider, interactionPolicy } from "oidc-provider";

const STRONG = "strong";
const NORMAL = "normal";
const given = JSON.parse(await text(process.stdin));
const issuer = `http://127.0.0.1:${given.port}`;
const told = { who: Object.keys(given.people)[0], canBeStrong: true, declines: false };
let keys = [newKey(1)];
let provider = build();

async function text(stream) {
  const parts = [];
  for await (const part of stream) parts.push(part);
  return Buffer.concat(parts).toString("utf8");
}

function newKey(number) {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  return { ...privateKey.export({ format: "jwk" }), kid: `key-${number}`, use: "sig", alg: "RS256" };
}

/** Who asks for a strong sign-in and has a weaker one signs in again (`acr_values` alone asks for nothing here). */
function policy() {
  const base = interactionPolicy.base();
  const asked = (ctx) => (ctx.oidc.params.acr_values ?? "").split(" ").includes(STRONG);
  base.get("login").checks.add(new interactionPolicy.Check("stronger", "a stronger sign-in is asked for", (ctx) =>
    asked(ctx) && ctx.oidc.session.acr !== STRONG && !ctx.oidc.result
      ? interactionPolicy.Check.REQUEST_PROMPT : interactionPolicy.Check.NO_NEED_TO_PROMPT));
  return base;
}

function build() {
  return new Provider(issuer, {
    clients: given.clients,
    jwks: { keys },
    cookies: { keys: ["for tests alone"] },
    scopes: ["openid", "offline_access", "intranet_form"],
    acrValues: [NORMAL, STRONG],
    claims: { openid: ["sub", "acr", "org", "roles"], profile: ["name"] },
    conformIdTokenClaims: false,
    pkce: { required: () => true },
    interactions: { policy: policy(), url: (ctx, interaction) => `/interaction/${interaction.uid}` },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      claimsParameter: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: (ctx, client) => (client.scope ? given.audience : undefined),
        getResourceServerInfo: () => ({
          scope: "intranet_form", audience: given.audience, accessTokenTTL: 600, accessTokenFormat: "jwt",
          jwt: { sign: { alg: "RS256" } },
        }),
      },
    },
    extraTokenClaims: (ctx, token) => (token.kind === "ClientCredentials" ? { org: given.machineOrganisation } : undefined),
    findAccount: (ctx, sub) => given.people[sub] && { accountId: sub, claims: () => ({ sub, ...given.people[sub] }) },
    ttl: { AccessToken: 600, IdToken: 600, AuthorizationCode: 60, Interaction: 600, Session: 3600, Grant: 3600 },
  });
}

/** The page at which a person would type a password and agree: she did. */
async function interact(request, response) {
  const { params, prompt, session, grantId } = await provider.interactionDetails(request, response);
  if (told.declines) {
    await provider.interactionFinished(request, response, { error: "access_denied" });
    return;
  }
  if (prompt.name === "login") {
    const strong = told.canBeStrong && (params.acr_values ?? "").split(" ").includes(STRONG);
    await provider.interactionFinished(request, response,
      { login: { accountId: told.who, acr: strong ? STRONG : NORMAL } });
    return;
  }
  const grant = (grantId && await provider.Grant.find(grantId))
    ?? new provider.Grant({ accountId: session.accountId, clientId: params.client_id });
  grant.addOIDCScope(params.scope);
  await provider.interactionFinished(request, response, { consent: { grantId: await grant.save() } },
    { mergeWithLastSubmission: true });
}

async function tell(request, response) {
  const wanted = JSON.parse(await text(request));
  Object.assign(told, wanted);
  if (wanted.newKey) {
    keys = [newKey(wanted.newKey)];
    provider = build();
  }
  response.end();
}

createServer((request, response) => {
  const way = request.url === "/test" ? tell : request.url.startsWith("/interaction/") ? interact : provider.callback();
  Promise.resolve(way(request, response)).catch((error) => {
    process.stderr.write(`${error.name}: ${error.message}\n`);
    response.statusCode = 500;
    response.end();
  });
}).listen(given.port, "127.0.0.1", () => process.stdout.write("ready\n"));
