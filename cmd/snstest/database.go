package main

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"

	"modernc.org/sqlite"

	"github.com/framebus/framebus/transport/sns/snstest"
)

// applicationID marks a SQLite file as ours, and schemaVersion which tables are in it (sqlite.org/fileformat2.html,
// section 1.3: bytes 68 and 60 of the file). What the records mean has a version of its own, which snstest checks.
const (
	applicationID = 0x736e7374 // "snst"
	schemaVersion = 1
)

// codeBusy is SQLITE_BUSY (sqlite.org/rescode.html).
const codeBusy = 5

// schema: records are what snstest keeps; sent are the messages of a setup that are not to be sent again.
const schema = `
CREATE TABLE record (key TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT;
CREATE TABLE sent (key TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
`

// database is a store in a SQLite file.
//
// The file is written ahead (journal_mode WAL), and every commit is flushed (synchronous FULL). NORMAL would do for a
// process that is killed, but a machine that loses its power would forget what clients were told; and the requests that
// wait share the cost of a flush.
type database struct {
	path  string
	db    *sql.DB
	wrong chan error
}

// openDatabase opens a file, or makes it if there is none or it is empty. One that is of something else, of another
// version, damaged or in use is an error, and is left as it is.
func openDatabase(ctx context.Context, path string) (_ *database, err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("-db %s: %w", path, err)
		}
	}()
	if err := checkHeader(path); err != nil {
		return nil, err
	}
	name, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	// The lock is held as long as the file is open, so that no second server writes to it. It may take a moment until that
	// of a process that was killed is free.
	dsn := url.URL{Scheme: "file", OmitHost: true, Path: filepath.ToSlash(name), RawQuery: url.Values{
		"_pragma": {"busy_timeout(2000)", "locking_mode(exclusive)", "synchronous(full)"},
		"_txlock": {"immediate"},
	}.Encode()}
	db, err := sql.Open("sqlite", dsn.String())
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1) // the lock is a connection's
	d := &database{path: path, db: db, wrong: make(chan error, 1)}
	if err := d.prepare(ctx); err != nil {
		if busy, ok := errors.AsType[*sqlite.Error](err); ok && busy.Code() == codeBusy {
			err = fmt.Errorf("another process has it open: %w", err)
		}
		return nil, errors.Join(err, db.Close())
	}
	return d, nil
}

// checkHeader looks at a file before SQLite does, which would write to one that is not ours. One that is empty, or not
// there, is to be made.
func checkHeader(path string) error {
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }() // it was read
	var header [100]byte
	switch n, err := io.ReadFull(f, header[:]); {
	case errors.Is(err, io.EOF): // nothing at all
		return nil
	case errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("it has %d bytes, which is no SQLite database", n)
	case err != nil:
		return err
	}
	if string(header[:16]) != "SQLite format 3\x00" {
		return errors.New("it is no SQLite database")
	}
	if id := binary.BigEndian.Uint32(header[68:]); id != applicationID {
		return fmt.Errorf("it is a database of another program: its application_id is %#x, and not %#x", id, applicationID)
	}
	if v := binary.BigEndian.Uint32(header[60:]); v != schemaVersion {
		return fmt.Errorf("its schema has version %d, and this snstest reads version %d", v, schemaVersion)
	}
	return nil
}

// prepare makes what is to be made, and finds what speaks against what is there.
func (d *database) prepare(ctx context.Context) error {
	var version int
	if err := d.db.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil {
		return err
	}
	if version == 0 { // it is empty, or became so just now: whoever was making it was killed
		// In one transaction and before the WAL, so that the file is never without its header.
		mark := fmt.Sprintf("PRAGMA application_id = %d; PRAGMA user_version = %d;", applicationID, schemaVersion)
		if err := d.inTransaction(ctx, func(tx *sql.Tx) error {
			_, err := tx.ExecContext(ctx, mark+schema)
			return err
		}); err != nil {
			return err
		}
	}
	var mode, health string
	if err := d.db.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&health); err != nil {
		return err
	}
	if health != "ok" {
		return fmt.Errorf("it is damaged: %s", health)
	}
	if err := d.db.QueryRowContext(ctx, "PRAGMA journal_mode = WAL").Scan(&mode); err != nil {
		return err
	}
	if mode != "wal" {
		return fmt.Errorf("no write-ahead log is possible here, but %s", mode)
	}
	return nil
}

func (d *database) inTransaction(ctx context.Context, do func(*sql.Tx) error) error {
	tx, err := d.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := do(tx); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

// Load implements snstest.Store.
func (d *database) Load() (_ []snstest.Record, err error) {
	rows, err := d.db.Query("SELECT key, value FROM record") //nolint:noctx // the interface has none
	if err != nil {
		return nil, fmt.Errorf("%s: %w", d.path, err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	var out []snstest.Record
	for rows.Next() {
		var r snstest.Record
		if err := rows.Scan(&r.Key, &r.Value); err != nil {
			return nil, fmt.Errorf("%s: %w", d.path, err)
		}
		out = append(out, r)
	}
	return out, rows.Err()
}

// Save implements snstest.Store: one transaction for all that waits.
func (d *database) Save(batch []snstest.Record) error {
	ctx := context.Background() // what has had its effect is saved, whoever has gone
	err := d.inTransaction(ctx, func(tx *sql.Tx) error {
		put, err := tx.PrepareContext(ctx, "INSERT INTO record VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value")
		if err != nil {
			return err
		}
		drop, err := tx.PrepareContext(ctx, "DELETE FROM record WHERE key = ?")
		if err != nil {
			return err
		}
		for _, r := range batch {
			if r.Value == nil {
				_, err = drop.ExecContext(ctx, r.Key)
			} else {
				_, err = put.ExecContext(ctx, r.Key, r.Value)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		return nil
	}
	err = fmt.Errorf("%s: %w", d.path, err)
	select {
	case d.wrong <- err:
	default: // somebody knows
	}
	return err
}

// failed is sent the error when nothing can be saved any more. A nil database never fails.
func (d *database) failed() <-chan error {
	if d == nil {
		return nil
	}
	return d.wrong
}

// Sent implements sentMessages.
func (d *database) Sent(ctx context.Context, key string) (sent bool, err error) {
	err = d.db.QueryRowContext(ctx, "SELECT EXISTS (SELECT * FROM sent WHERE key = ?)", key).Scan(&sent)
	return sent, err
}

// AddSent implements sentMessages.
func (d *database) AddSent(ctx context.Context, key string) error {
	_, err := d.db.ExecContext(ctx, "INSERT INTO sent VALUES (?)", key)
	return err
}

// Close gives the file up.
func (d *database) Close() error { return d.db.Close() }
