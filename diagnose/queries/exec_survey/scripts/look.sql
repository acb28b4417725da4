/* diagnose */
-- What a database says of itself. $1: tables, and columns as TABLE.COLUMN; $2: a role to look up; $3: whose right to
-- read counts, the login's own where there is no such role. Names, counts and verdicts of what stands in a worker's
-- way; of sessions never what they run. A look is known by its statement: a name of the session would stay with a
-- pooler's connection, and so with whoever gets that next.
with own as (select * from pg_stat_activity where datname = current_database() and backend_type = 'client backend' and query not like '/* diagnose%')
select current_database() as database,
  (select coalesce(json_agg(json_build_object('name', n, 'present', r is not null and (c = '' or exists (select from pg_attribute where attrelid = r and attname = c and not attisdropped)),
    'readable', coalesce(has_table_privilege(coalesce((select rolname from pg_roles where rolname = $3), current_user), r::oid, 'select'), false),
    'elsewhere', coalesce((select nspname from pg_class k join pg_namespace s on s.oid = relnamespace where relname = t and relkind in ('r', 'p', 'v', 'm') and k.oid is distinct from r limit 1), ''))), '[]')
    from (select n, t, c, to_regclass(quote_ident(t)) as r from (select n, split_part(n, '.', 1) as t, split_part(n, '.', 2) as c from unnest($1::text[]) n) w) q) as tables,
  coalesce((select json_build_object('name', rolname, 'login', rolcanlogin, 'expired', coalesce(rolvaliduntil < now(), false), 'limit', rolconnlimit,
    'sessions', (select count(*) from pg_stat_activity where usename = rolname),
    'connects', has_database_privilege(rolname, current_database(), 'connect')) from pg_roles where rolname = $2), json_build_object('name', $2::text, 'exists', false)) as role,
  (select coalesce(json_agg(w), '[]') from (select coalesce(l.relation::regclass::text, '') as relation, extract(epoch from now() - a.query_start)::int as since_s,
    json_build_object('user', b.usename, 'application', b.application_name, 'state', b.state, 'pid', b.pid, 'since_s', extract(epoch from now() - b.xact_start)::int) as blocker
    from own a cross join unnest(pg_blocking_pids(a.pid)) as p(pid) join pg_stat_activity b on b.pid = p.pid and b.wait_event_type is distinct from 'Lock'
    left join pg_locks l on l.pid = a.pid and not l.granted where a.wait_event_type = 'Lock' order by a.query_start limit 5) w) as waits,
  (select coalesce(json_agg(h), '[]') from (select usename as user, application_name as application, state, pid, extract(epoch from now() - xact_start)::int as since_s
    from own where xact_start < now() - interval '5 s' order by xact_start limit 8) h) as held,
  (select coalesce(json_agg(s), '[]') from (select wait_event as event, count(*)::int as sessions, max(extract(epoch from now() - query_start))::int as since_s
    from own where state = 'active' and wait_event_type not in ('Lock', 'Client', 'Activity', 'Timeout') and query_start < now() - interval '5 s' group by 1 order by 2 desc limit 3) s) as stalls,
  (select json_build_object('required', current_setting('synchronous_standby_names'),
    'connected', (select coalesce(json_agg(coalesce(application_name, '')), '[]') from pg_stat_replication))) as standbys,
  (select count(*)::int from own where state <> 'idle') as busy,
  (select json_build_object('used', count(*), 'limit', current_setting('max_connections')::int) from pg_stat_activity where backend_type = 'client backend') as slots,
  (select coalesce(json_agg(h), '[]') from (select usename as user, application_name as application, count(*)::int as sessions
    from pg_stat_activity where backend_type = 'client backend' and query not like '/* diagnose%' group by 1, 2 order by 3 desc limit 3) h) as holders,
  (select coalesce(json_agg(q), '[]') from (select seqrelid::regclass::text as name, last, seqmax as limit, coalesce(d.attrelid::regclass::text || '.' || d.attname, '') as "column",
    coalesce(format_type(d.atttypid, null), '') as type from (select s.*, case when c.relpersistence = 'p' and has_sequence_privilege(seqrelid, 'usage, select')
      then pg_sequence_last_value(seqrelid) end as last from pg_sequence s join pg_class c on c.oid = seqrelid where seqincrement > 0 and not seqcycle) s
    left join lateral (select a.* from pg_depend p join pg_attrdef f on f.oid = p.objid join pg_attribute a on a.attrelid = f.adrelid and a.attnum = f.adnum
      where p.classid = 'pg_attrdef'::regclass and p.refclassid = 'pg_class'::regclass and p.refobjid = seqrelid limit 1) d on true
    where last > 0.9 * seqmax order by last::numeric / seqmax desc limit 5) q) as sequences,
  (select coalesce(json_agg(q), '[]') from (select seqrelid::regclass::text as name, d.attrelid::regclass::text || '.' || d.attname as "column", x.relname as index, coalesce(last, seqstart - 1) as last, n_live_tup as rows
    from (select s.*, pg_sequence_last_value(seqrelid) as last from pg_sequence s join pg_class c on c.oid = seqrelid
      where c.relpersistence = 'p' and has_sequence_privilege(seqrelid, 'usage, select') and seqincrement > 0 and not seqcycle) s
    join lateral (select a.* from pg_depend p left join pg_attrdef f on p.classid = 'pg_attrdef'::regclass and f.oid = p.objid join pg_attribute a
      on (a.attrelid = f.adrelid and a.attnum = f.adnum) or (p.classid = 'pg_class'::regclass and p.deptype = 'i' and p.objid = seqrelid and a.attrelid = p.refobjid and a.attnum = p.refobjsubid)
      where (p.refclassid = 'pg_class'::regclass and p.refobjid = seqrelid) or (p.classid = 'pg_class'::regclass and p.objid = seqrelid) limit 1) d on true
    join pg_index i on i.indrelid = d.attrelid and indisunique and indnkeyatts = 1 and indkey[0] = d.attnum join pg_class x on x.oid = indexrelid
    join pg_stat_all_tables t on t.relid = d.attrelid
    where n_live_tup > (coalesce(last, seqstart - 1) - seqstart + 1) / seqincrement order by n_live_tup desc limit 5) q) as late,
  (select coalesce(json_agg(q), '[]') from (select distinct tgname as name, tgrelid::regclass::text as "table", lower(m[1]) as "column" from pg_trigger join pg_proc p on p.oid = tgfoid
    join pg_language l on l.oid = prolang and lanname = 'plpgsql' cross join lateral regexp_matches(prosrc, '\m(?:new|old)\.([a-z_]\w*)', 'gi') m
    where not tgisinternal and tgenabled <> 'D' and not exists (select from pg_attribute where attrelid = tgrelid and attname = lower(m[1]) and not attisdropped) limit 5) q) as triggers
