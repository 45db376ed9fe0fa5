// The peer: what a team writes in an afternoon. POST /api/v2/scorecard/outcomes of the same body,
// one upsert a request by unnest into a table of current outcomes, with history, durable before the
// answer 202; GET reads the current outcomes of an entity. DATABASE_URL and API_KEY come from the
// environment; the port is free and printed as JSON.
import { randomUUID } from 'node:crypto';

import Fastify from 'fastify';
import pg from 'pg';

const UPSERT = {
  name: 'upsert',
  text: `
    WITH changed AS (
      INSERT INTO outcome AS o (rule, entity, state, remarks)
      SELECT * FROM unnest($1::integer[], $2::text[], $3::text[], $4::text[])
      ON CONFLICT (rule, entity) DO UPDATE
        SET state = excluded.state, remarks = excluded.remarks, modified_at = now()
        WHERE (o.state, o.remarks) IS DISTINCT FROM (excluded.state, excluded.remarks)
      RETURNING rule, entity, state, remarks)
    INSERT INTO outcome_history (rule, entity, state, remarks)
    SELECT rule, entity, state, remarks FROM changed`,
};
const READ = {
  name: 'read',
  text: `SELECT r.id AS rule_id, o.entity AS entity_reference, o.state, o.remarks, o.modified_at
         FROM outcome AS o JOIN rule AS r ON r.number = o.rule WHERE o.entity = $1 ORDER BY o.rule`,
};
const BODY = {
  type: 'object',
  required: ['data'],
  properties: {
    data: {
      type: 'object',
      required: ['type', 'attributes'],
      properties: {
        type: { const: 'batched-outcome' },
        attributes: {
          type: 'object',
          required: ['results'],
          properties: {
            results: {
              type: 'array',
              minItems: 1,
              maxItems: 1000,
              items: {
                type: 'object',
                required: ['rule_id', 'entity_reference', 'state'],
                properties: {
                  rule_id: { type: 'string' },
                  entity_reference: { type: 'string', maxLength: 1024 },
                  state: { enum: ['pass', 'fail', 'skip'] },
                  remarks: { type: 'string', maxLength: 8192 },
                },
              },
            },
          },
        },
      },
    },
  },
};

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL });
const rules = new Map();
for (const row of (await pool.query('SELECT number, id FROM rule')).rows) {
  rules.set(row.id, row.number);
}

const app = Fastify({ logger: false, bodyLimit: 4 << 20 });

app.addHook('onRequest', async (request, reply) => {
  if (request.headers['dd-api-key'] !== process.env.API_KEY) {
    return reply.code(403).send({ errors: [{ title: 'Forbidden' }] });
  }
});

// Of an outcome that is reported twice in one batch the last report counts. Sorted, so that two
// batches that touch the same outcomes wait for each other and never in a circle.
function sortedResults(results) {
  const last = new Map();
  for (const result of results) {
    const rule = rules.get(result.rule_id);
    if (rule === undefined) return undefined;
    last.set(`${rule} ${result.entity_reference}`, { ...result, rule });
  }
  return [...last.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, result]) => result);
}

app.post('/api/v2/scorecard/outcomes', { schema: { body: BODY } }, async (request, reply) => {
  const results = sortedResults(request.body.data.attributes.results);
  if (results === undefined) {
    return reply.code(409).send({ errors: [{ title: 'Conflict', detail: 'unknown rule' }] });
  }
  await pool.query({
    ...UPSERT,
    values: [
      results.map((result) => result.rule),
      results.map((result) => result.entity_reference),
      results.map((result) => result.state),
      results.map((result) => result.remarks ?? ''),
    ],
  });
  return reply.code(202).send({ data: { id: randomUUID(), type: 'async-request' } });
});

app.get('/api/v2/scorecard/outcomes', async (request) => {
  const entity = request.query['filter[outcome][service_name]'];
  const { rows } = await pool.query({ ...READ, values: [entity] });
  return { data: rows.map((attributes) => ({ type: 'outcome', attributes })) };
});

process.once('SIGTERM', async () => {
  await app.close();
  await pool.end();
});
await app.listen({ host: '127.0.0.1', port: 0 });
console.log(JSON.stringify({ port: app.server.address().port }));
