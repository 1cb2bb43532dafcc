-- Everything in the database that decides who may see or change what, one line each. Left out: partitions of the
-- wraps (named by quarter; tests/database/test_schema.py looks at them), not-null constraints (catalogued since 18
-- only) and what an owner may do with his own. Equal on PostgreSQL 15 and 18.
with
ours as (
    select c.oid, n.nspname || '.' || c.relname as name, relkind::text as relkind, relowner, relacl, reloptions,
        relrowsecurity, relforcerowsecurity
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname not like 'pg\_%' and n.nspname <> 'information_schema' and not c.relispartition
),
grantee as (
    select oid, rolname::text collate "C" as name from pg_roles union all select 0, 'PUBLIC'
),
lines (about, rank, line) as (
    select '', 1, 'role ' || rolname || ':' || case when rolcanlogin then ' login' else ' nologin' end
        || case when rolsuper then ' superuser' else '' end || case when rolbypassrls then ' bypassrls' else '' end
        || case when rolinherit then '' else ' noinherit' end
        || case when rolcreatedb then ' createdb' else '' end || case when rolcreaterole then ' createrole' else '' end
        || case when rolreplication then ' replication' else '' end
        || coalesce(' set ' || array_to_string(rolconfig, ', '), '')
    from pg_roles where rolname like 'meldpunt\_%'
    union all
    select '', 2, 'member ' || m.rolname || ' of ' || g.rolname
    from pg_auth_members a join pg_roles m on m.oid = a.member join pg_roles g on g.oid = a.roleid
    where g.rolname like 'meldpunt\_%' or m.rolname like 'meldpunt\_%'
    group by m.rolname, g.rolname
    union all
    select '', 3, 'database grant ' || lower(a.privilege_type) || ' to ' || g.name
    from pg_database d, aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) a join grantee g on g.oid = a.grantee
    where d.datname = current_database() and a.grantee <> d.datdba
    union all
    select '', 4, 'schema ' || n.nspname || ' grant ' || lower(a.privilege_type) || ' to ' || g.name
    from pg_namespace n, aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) a
        join grantee g on g.oid = a.grantee
    where n.nspname not like 'pg\_%' and n.nspname <> 'information_schema' and a.grantee <> n.nspowner
    union all
    select '', 5, 'default grant ' || lower(a.privilege_type) || ' on ' || d.defaclobjtype::text || ' to ' || g.name
    from pg_default_acl d, aclexplode(d.defaclacl) a join grantee g on g.oid = a.grantee
    union all
    select '', 6, 'extension ' || extname from pg_extension where extname <> 'plpgsql'
    union all
    select name, 0, case relkind when 'r' then 'table ' when 'p' then 'partitioned table ' when 'v' then 'view '
            when 'm' then 'materialized view ' when 'S' then 'sequence ' when 'f' then 'foreign table ' else 'type ' end
        || name || ': owner ' || pg_get_userbyid(relowner)
        || case when relrowsecurity then ', row security' else '' end
        || case when relforcerowsecurity then ' forced' else '' end
        || coalesce(', ' || array_to_string(reloptions, ', '), '')
    from ours where relkind not in ('i', 'I', 't', 'c')
    union all
    select o.name, 1, 'column ' || o.name || '.' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod)
        || case when a.attnotnull then ' not null' else '' end
        || coalesce(' default ' || pg_get_expr(d.adbin, d.adrelid), '')
        || case when a.attidentity::text <> '' then ' identity' else '' end
    from ours o join pg_attribute a on a.attrelid = o.oid and a.attnum > 0 and not a.attisdropped
        left join pg_attrdef d on d.adrelid = o.oid and d.adnum = a.attnum
    where o.relkind in ('r', 'p', 'v', 'm', 'f')
    union all
    select o.name, 2, 'constraint ' || o.name || '.' || c.conname || ' ' || pg_get_constraintdef(c.oid)
    from ours o join pg_constraint c on c.conrelid = o.oid and c.contype <> 'n'
    union all
    select o.name, 3, pg_get_indexdef(i.indexrelid)
    from ours o join pg_index i on i.indrelid = o.oid
    union all
    select o.name, 4, 'trigger ' || o.name || ': ' || pg_get_triggerdef(t.oid)
        || case t.tgenabled::text when 'O' then '' else ' enabled ' || t.tgenabled::text end
    from ours o join pg_trigger t on t.tgrelid = o.oid and not t.tgisinternal
    union all
    select o.name, 5, 'rule ' || o.name || ': ' || r.rulename
    from ours o join pg_rewrite r on r.ev_class = o.oid and o.relkind in ('r', 'p')
    union all
    select o.name, 6, 'policy ' || o.name || '.' || p.polname || case when p.polpermissive then '' else ' restrictive' end
        || case p.polcmd::text when 'r' then ' select' when 'a' then ' insert' when 'w' then ' update'
            when 'd' then ' delete' else ' all' end
        || ' to ' || (select string_agg(g.name, ', ' order by g.name) from grantee g where g.oid = any (p.polroles))
        || coalesce(' using ' || regexp_replace(pg_get_expr(p.polqual, p.polrelid), '\s+', ' ', 'g'), '')
        || coalesce(' check ' || regexp_replace(ltrim(pg_get_expr(p.polwithcheck, p.polrelid)), '\s+', ' ', 'g'), '')
    from ours o join pg_policy p on p.polrelid = o.oid
    union all
    select o.name, 7, 'grant ' || string_agg(lower(a.privilege_type)
            || case when a.is_grantable then ' with grant option' else '' end, ', ' order by a.privilege_type)
        || ' on ' || o.name || ' to ' || g.name
    from ours o,
        aclexplode(coalesce(o.relacl, acldefault(case o.relkind when 'S' then 's'::"char" else 'r'::"char" end, o.relowner))) a
        join grantee g on g.oid = a.grantee
    where a.grantee <> o.relowner and o.relkind in ('r', 'p', 'v', 'm', 'f', 'S')
    group by o.name, g.name
    union all
    select o.name, 8, 'grant ' || lower(a.privilege_type) || case when a.is_grantable then ' with grant option' else '' end
        || ' (' || string_agg(c.attname, ', ' order by c.attnum) || ') on ' || o.name || ' to ' || g.name
    from ours o join pg_attribute c on c.attrelid = o.oid and c.attacl is not null, aclexplode(c.attacl) a
        join grantee g on g.oid = a.grantee
    where a.grantee <> o.relowner
    group by o.name, g.name, a.privilege_type, a.is_grantable
    union all
    select '~', 1, 'function ' || p.oid::regprocedure || ' returns ' || pg_get_function_result(p.oid)
        || ': owner ' || pg_get_userbyid(p.proowner)
        || case when p.prosecdef then ', security definer' else '' end
        || case p.provolatile::text when 'i' then ', immutable' when 's' then ', stable' else ', volatile' end
        || coalesce(', ' || array_to_string(p.proconfig, ', '), '')
        || ', execute ' || coalesce((select string_agg(g.name, ', ' order by g.name)
            from aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a join grantee g on g.oid = a.grantee
            where a.grantee <> p.proowner), 'nobody')
        || ', body ' || md5(p.prosrc)
    from pg_proc p join pg_namespace n on n.oid = p.pronamespace
    where n.nspname not like 'pg\_%' and n.nspname <> 'information_schema'
)
select line from lines order by about collate "C", rank, line collate "C"
