/**
 * A process that holds a write transaction for a while, as a pipeline does that writes much at once.
 * usage: lock-holder.ts DATABASE MILLISECONDS. Prints "held" once it has the lock; adds one session when it lets go.
 */
import Database from "better-sqlite3";

const [database = "", milliseconds = "0"] = process.argv.slice(2);
const db = new Database(database, { timeout: 5_000 });
db.exec("BEGIN EXCLUSIVE");
db.exec("INSERT INTO sessions VALUES (lower(hex(randomblob(8))), 'holder', 'sync', 'x', 'x', 'x')");
process.stdout.write("held\n");
setTimeout(() => {
  db.exec("COMMIT");
  db.close();
}, Number(milliseconds));
