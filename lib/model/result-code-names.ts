/** SQLite's result codes by number and by name. Source: https://sqlite.org/rescode.html */

const primary = [
  'OK ERROR INTERNAL PERM ABORT BUSY LOCKED NOMEM READONLY INTERRUPT IOERR CORRUPT NOTFOUND FULL CANTOPEN PROTOCOL',
  'EMPTY SCHEMA TOOBIG CONSTRAINT MISMATCH MISUSE NOLFS AUTH FORMAT RANGE NOTADB NOTICE WARNING',
]
  .join(' ')
  .split(' ');

/** The extended codes of a primary code: the n-th name has the number `primary | (n + 1) << 8`. */
const extended: Record<string, string> = {
  ERROR: 'MISSING_COLLSEQ RETRY SNAPSHOT RESERVESIZE KEY UNABLE',
  ABORT: '- ROLLBACK',
  BUSY: 'RECOVERY SNAPSHOT TIMEOUT',
  LOCKED: 'SHAREDCACHE VTAB',
  READONLY: 'RECOVERY CANTLOCK ROLLBACK DBMOVED CANTINIT DIRECTORY',
  IOERR: [
    'READ SHORT_READ WRITE FSYNC DIR_FSYNC TRUNCATE FSTAT UNLOCK RDLOCK DELETE BLOCKED NOMEM ACCESS',
    'CHECKRESERVEDLOCK LOCK CLOSE DIR_CLOSE SHMOPEN SHMSIZE SHMLOCK SHMMAP SEEK DELETE_NOENT MMAP GETTEMPPATH',
    'CONVPATH VNODE AUTH BEGIN_ATOMIC COMMIT_ATOMIC ROLLBACK_ATOMIC DATA CORRUPTFS IN_PAGE BADKEY CODEC',
  ].join(' '),
  CORRUPT: 'VTAB SEQUENCE INDEX',
  CANTOPEN: 'NOTEMPDIR ISDIR FULLPATH CONVPATH DIRTYWAL SYMLINK',
  CONSTRAINT: 'CHECK COMMITHOOK FOREIGNKEY FUNCTION NOTNULL PRIMARYKEY TRIGGER UNIQUE VTAB ROWID PINNED DATATYPE',
  NOTICE: 'RECOVER_WAL RECOVER_ROLLBACK RBU',
  WARNING: 'AUTOINDEX',
  AUTH: 'USER',
};

/** In the place of a number that SQLite gives to no code. */
const unused = '-';

const namesByCode = new Map<number, string>();
primary.forEach((name, code) => {
  namesByCode.set(code, `SQLITE_${name}`);
  extended[name]?.split(' ').forEach((suffix, index) => {
    if (suffix === unused) return;
    namesByCode.set(code | ((index + 1) << 8), `SQLITE_${name}_${suffix}`);
  });
});
const codesByName = new Map([...namesByCode].map(([code, name]) => [name, code]));

/** The name of an extended result code; of an unknown one, that of its primary code. */
export function resultCodeName(code: number): string {
  return namesByCode.get(code) ?? namesByCode.get(code & 0xff) ?? 'SQLITE_ERROR';
}

/** The number of a result code's name; 1 (`SQLITE_ERROR`) where the name is unknown. */
export function resultCode(name: string): number {
  return codesByName.get(name) ?? 1;
}
