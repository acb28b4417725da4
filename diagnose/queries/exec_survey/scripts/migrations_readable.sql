/* diagnose */ select
  has_table_privilege(to_regclass('knex_migrations_lock')::oid, 'select') and has_table_privilege(to_regclass('knex_migrations')::oid, 'select') as readable
