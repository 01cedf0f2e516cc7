BEGIN TRANSACTION;
CREATE TABLE attempts (
	id INTEGER NOT NULL, 
	store TEXT NOT NULL, 
	order_id TEXT NOT NULL, 
	parcel INTEGER NOT NULL, 
	revision INTEGER NOT NULL, 
	number INTEGER NOT NULL, 
	document TEXT NOT NULL, 
	printer TEXT NOT NULL, 
	name TEXT NOT NULL, 
	purpose TEXT NOT NULL, 
	state TEXT NOT NULL, 
	who TEXT DEFAULT '' NOT NULL, 
	intended_at TEXT NOT NULL, 
	ended_at TEXT, 
	receipt TEXT DEFAULT '' NOT NULL, 
	told TEXT DEFAULT '' NOT NULL, 
	holder TEXT DEFAULT '' NOT NULL, 
	leased_until TEXT DEFAULT '' NOT NULL, 
	token INTEGER DEFAULT '0' NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(store, order_id, parcel, revision) REFERENCES parcels (store, order_id, parcel, revision), 
	UNIQUE (store, order_id, parcel, revision, number), 
	FOREIGN KEY(document) REFERENCES documents (sha256)
);
INSERT INTO "attempts" VALUES(1,'oriel-ash','OA-1',1,1,1,'1111111111111111111111111111111111111111111111111111111111111111','bench-a4','OA-1-1-abc.pdf','print','delivered','','2026-11-20T16:00:00+00:00','2026-11-20T16:00:00+00:00','','','line:1','2026-11-20T16:02:00+00:00',0);
INSERT INTO "attempts" VALUES(2,'oriel-ash','OA-3',1,1,1,'3333333333333333333333333333333333333333333333333333333333333333','bench-a4','OA-3-1-abc.pdf','print','intent','','2026-11-20T16:00:00+00:00',NULL,'','','line:1','2026-11-20T16:02:00+00:00',0);
INSERT INTO "attempts" VALUES(3,'oriel-ash','OA-5',1,1,1,'5555555555555555555555555555555555555555555555555555555555555555','bench-a4','OA-5-1-abc.pdf','print','uncertain','','2026-11-20T16:00:00+00:00','2026-11-20T16:00:00+00:00','','it went away','line:1','2026-11-20T16:02:00+00:00',0);
CREATE TABLE documents (
	sha256 TEXT NOT NULL, 
	size INTEGER NOT NULL, 
	pages INTEGER NOT NULL, 
	media TEXT NOT NULL, 
	drawn_by TEXT NOT NULL, 
	made_at TEXT NOT NULL, 
	tools TEXT DEFAULT '' NOT NULL, 
	purged_at TEXT, 
	PRIMARY KEY (sha256)
);
INSERT INTO "documents" VALUES('1111111111111111111111111111111111111111111111111111111111111111',40000,1,'a4','plate','2026-11-20T16:00:00+00:00','801df1b7281e3b58',NULL);
INSERT INTO "documents" VALUES('2222222222222222222222222222222222222222222222222222222222222222',40000,1,'a4','plate','2026-11-20T16:00:00+00:00','801df1b7281e3b58',NULL);
INSERT INTO "documents" VALUES('3333333333333333333333333333333333333333333333333333333333333333',40000,1,'a4','plate','2026-11-20T16:00:00+00:00','801df1b7281e3b58',NULL);
INSERT INTO "documents" VALUES('5555555555555555555555555555555555555555555555555555555555555555',40000,1,'a4','plate','2026-11-20T16:00:00+00:00','801df1b7281e3b58',NULL);
CREATE TABLE drops (
	number INTEGER NOT NULL, 
	id TEXT NOT NULL, 
	name TEXT NOT NULL, 
	sha256 TEXT NOT NULL, 
	source TEXT DEFAULT '' NOT NULL, 
	accepted_at TEXT NOT NULL, 
	state TEXT NOT NULL, 
	findings TEXT DEFAULT '[]' NOT NULL, 
	closed_at TEXT, 
	repeats TEXT DEFAULT '' NOT NULL, 
	folder TEXT DEFAULT '' NOT NULL, 
	priority INTEGER DEFAULT '0' NOT NULL, 
	purged_at TEXT, 
	PRIMARY KEY (number), 
	CHECK (state IN ('open', 'done', 'duplicate', 'held', 'dropped')), 
	UNIQUE (id)
);
INSERT INTO "drops" VALUES(1,'d1','evening.csv','5555555555555555555555555555555555555555555555555555555555555555','1:2:3:4:5','2026-11-20T16:00:00+00:00','open','[]',NULL,'','',0,NULL);
CREATE TABLE events (
	id INTEGER NOT NULL, 
	at TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	store TEXT DEFAULT '' NOT NULL, 
	order_id TEXT DEFAULT '' NOT NULL, 
	parcel INTEGER, 
	revision INTEGER, 
	drop_id TEXT DEFAULT '' NOT NULL, 
	source TEXT DEFAULT '' NOT NULL, 
	target TEXT DEFAULT '' NOT NULL, 
	who TEXT DEFAULT '' NOT NULL, 
	detail TEXT DEFAULT '' NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "events" VALUES(1,'2026-11-20T16:00:00+00:00','drop.take','','',NULL,NULL,'d1','','open','','');
INSERT INTO "events" VALUES(2,'2026-11-20T16:00:00+00:00','printer.up','','',NULL,NULL,'','','','','bench-a4: ');
INSERT INTO "events" VALUES(3,'2026-11-20T16:00:00+00:00','accept','oriel-ash','OA-1',1,1,'d1','','accepted','','');
INSERT INTO "events" VALUES(4,'2026-11-20T16:00:00+00:00','draw','oriel-ash','OA-1',1,1,'','accepted','ready','','');
INSERT INTO "events" VALUES(5,'2026-11-20T16:00:00+00:00','send','oriel-ash','OA-1',1,1,'','ready','sending','','bench-a4');
INSERT INTO "events" VALUES(6,'2026-11-20T16:00:00+00:00','finish','oriel-ash','OA-1',1,1,'','sending','done','','bench-a4');
INSERT INTO "events" VALUES(7,'2026-11-20T16:00:00+00:00','accept','oriel-ash','OA-2',1,1,'d1','','accepted','','');
INSERT INTO "events" VALUES(8,'2026-11-20T16:00:00+00:00','draw','oriel-ash','OA-2',1,1,'','accepted','ready','','');
INSERT INTO "events" VALUES(9,'2026-11-20T16:00:00+00:00','accept','oriel-ash','OA-3',1,1,'d1','','accepted','','');
INSERT INTO "events" VALUES(10,'2026-11-20T16:00:00+00:00','draw','oriel-ash','OA-3',1,1,'','accepted','ready','','');
INSERT INTO "events" VALUES(11,'2026-11-20T16:00:00+00:00','send','oriel-ash','OA-3',1,1,'','ready','sending','','bench-a4');
INSERT INTO "events" VALUES(12,'2026-11-20T16:00:00+00:00','accept','oriel-ash','OA-4',1,1,'d1','','accepted','','');
INSERT INTO "events" VALUES(13,'2026-11-20T16:00:00+00:00','hold','oriel-ash','OA-4',1,1,'','accepted','held','','quantity');
INSERT INTO "events" VALUES(14,'2026-11-20T16:00:00+00:00','accept','oriel-ash','OA-5',1,1,'d1','','accepted','','');
INSERT INTO "events" VALUES(15,'2026-11-20T16:00:00+00:00','draw','oriel-ash','OA-5',1,1,'','accepted','ready','','');
INSERT INTO "events" VALUES(16,'2026-11-20T16:00:00+00:00','send','oriel-ash','OA-5',1,1,'','ready','sending','','bench-a4');
INSERT INTO "events" VALUES(17,'2026-11-20T16:00:00+00:00','doubt','oriel-ash','OA-5',1,1,'','sending','uncertain','','bench-a4: it went away');
INSERT INTO "events" VALUES(18,'2026-11-20T16:00:00+00:00','accept','oriel-ash','OA-6',1,1,'d1','','accepted','','');
CREATE TABLE grants (
	store TEXT NOT NULL, 
	order_id TEXT NOT NULL, 
	promo_code TEXT DEFAULT '' NOT NULL, 
	offer TEXT DEFAULT 'null' NOT NULL, 
	granted_on TEXT NOT NULL, 
	expires_on TEXT DEFAULT '' NOT NULL, 
	review_token TEXT NOT NULL, 
	review_url TEXT NOT NULL, 
	segment TEXT DEFAULT '' NOT NULL, 
	PRIMARY KEY (store, order_id)
);
INSERT INTO "grants" VALUES('oriel-ash','OA-1','F9DR-XMT3-9W79','{"name":"welcome","amount":"15","unit":"percent","valid_days":90}','2026-11-20','2027-02-18','53M7NTH673MCNCR','HTTPS://OA.EXAMPLE/R/53M7NTH673MCNCR','new');
INSERT INTO "grants" VALUES('oriel-ash','OA-2','N4RR-W22Q-7F5H','{"name":"welcome","amount":"15","unit":"percent","valid_days":90}','2026-11-20','2027-02-18','2HQHMVW3376R83Y','HTTPS://OA.EXAMPLE/R/2HQHMVW3376R83Y','new');
INSERT INTO "grants" VALUES('oriel-ash','OA-3','J84W-VNC9-DYMP','{"name":"welcome","amount":"15","unit":"percent","valid_days":90}','2026-11-20','2027-02-18','XTWMQ6WD26332F3','HTTPS://OA.EXAMPLE/R/XTWMQ6WD26332F3','new');
INSERT INTO "grants" VALUES('oriel-ash','OA-5','7FTQ-HWNP-3YFY','{"name":"welcome","amount":"15","unit":"percent","valid_days":90}','2026-11-20','2027-02-18','VXCT69TYDDRQ2PQ','HTTPS://OA.EXAMPLE/R/VXCT69TYDDRQ2PQ','new');
CREATE TABLE meta (
	name TEXT NOT NULL, 
	value TEXT NOT NULL, 
	PRIMARY KEY (name)
);
INSERT INTO "meta" VALUES('schema','3');
INSERT INTO "meta" VALUES('made_at','2026-11-20T16:00:00+00:00');
CREATE TABLE parcels (
	store TEXT NOT NULL, 
	order_id TEXT NOT NULL, 
	parcel INTEGER NOT NULL, 
	revision INTEGER NOT NULL, 
	state TEXT NOT NULL, 
	turn INTEGER DEFAULT '0' NOT NULL, 
	data_sha256 TEXT NOT NULL, 
	drop_id TEXT NOT NULL, 
	line INTEGER, 
	findings TEXT DEFAULT '[]' NOT NULL, 
	forgiven TEXT DEFAULT '[]' NOT NULL, 
	segment TEXT DEFAULT '' NOT NULL, 
	message TEXT DEFAULT '' NOT NULL, 
	offer TEXT DEFAULT '' NOT NULL, 
	choice TEXT, 
	slip TEXT DEFAULT '' NOT NULL, 
	pieces TEXT DEFAULT '{}' NOT NULL, 
	document TEXT, 
	release TEXT DEFAULT '' NOT NULL, 
	station TEXT DEFAULT '' NOT NULL, 
	printer TEXT DEFAULT '' NOT NULL, 
	accepted_at TEXT NOT NULL, 
	ready_at TEXT, 
	done_at TEXT, 
	rank TEXT DEFAULT '' NOT NULL, 
	deadline TEXT DEFAULT '' NOT NULL, 
	print_on TEXT DEFAULT 'arrival' NOT NULL, 
	called_at TEXT, 
	customer TEXT DEFAULT '' NOT NULL, 
	purged_at TEXT, 
	PRIMARY KEY (store, order_id, parcel, revision), 
	CHECK (state IN ('accepted', 'ready', 'sending', 'done', 'uncertain', 'held', 'dropped', 'cancelled')), 
	FOREIGN KEY(drop_id) REFERENCES drops (id), 
	FOREIGN KEY(document) REFERENCES documents (sha256)
);
INSERT INTO "parcels" VALUES('oriel-ash','OA-1',1,1,'done',3,'0000000000000000000000000000000000000000000000000000000000000001','d1',2,'[]','[]','new','new','welcome','{"segment":"new","message":"new","offer":{"name":"welcome","amount":"15","unit":"percent","valid_days":90},"strategy":"together","recommendations":[],"layout":"atelier-a4","review":true,"content":true,"prices":true,"extra":{},"arms":{},"because":[{"table":"20-message.csv","row":3,"why":"a first order","outputs":{"message":"new"}}]}','{"order":{"id":"OA-1"}}','{"1":1}','1111111111111111111111111111111111111111111111111111111111111111','r1','bench','bench-a4','2026-11-20T16:00:00+00:00','2026-11-20T16:00:00+00:00','2026-11-20T16:00:00+00:00','','','arrival',NULL,'f6936540428d5ee8df2632d40d91562f0ab1e9447bb4746e656c9f4370f47fe7',NULL);
INSERT INTO "parcels" VALUES('oriel-ash','OA-2',1,1,'ready',1,'0000000000000000000000000000000000000000000000000000000000000002','d1',3,'[]','[]','new','new','welcome','{"segment":"new","message":"new","offer":{"name":"welcome","amount":"15","unit":"percent","valid_days":90},"strategy":"together","recommendations":[],"layout":"atelier-a4","review":true,"content":true,"prices":true,"extra":{},"arms":{},"because":[{"table":"20-message.csv","row":3,"why":"a first order","outputs":{"message":"new"}}]}','{"order":{"id":"OA-2"}}','{"1":1}','2222222222222222222222222222222222222222222222222222222222222222','r1','bench','bench-a4','2026-11-20T16:00:00+00:00','2026-11-20T16:00:00+00:00',NULL,'','','arrival',NULL,'aadb12ec41192d805dcc65133fc1ca055da54a2ca78e413ebe2144f5f382b4ea',NULL);
INSERT INTO "parcels" VALUES('oriel-ash','OA-3',1,1,'sending',2,'0000000000000000000000000000000000000000000000000000000000000003','d1',4,'[]','[]','new','new','welcome','{"segment":"new","message":"new","offer":{"name":"welcome","amount":"15","unit":"percent","valid_days":90},"strategy":"together","recommendations":[],"layout":"atelier-a4","review":true,"content":true,"prices":true,"extra":{},"arms":{},"because":[{"table":"20-message.csv","row":3,"why":"a first order","outputs":{"message":"new"}}]}','{"order":{"id":"OA-3"}}','{"1":1}','3333333333333333333333333333333333333333333333333333333333333333','r1','bench','bench-a4','2026-11-20T16:00:00+00:00','2026-11-20T16:00:00+00:00',NULL,'','','arrival',NULL,'6aaeb733266ea5c463ce8c7517c82209ba03013e157cdebb33172e621a3bf30c',NULL);
INSERT INTO "parcels" VALUES('oriel-ash','OA-4',1,1,'held',1,'0000000000000000000000000000000000000000000000000000000000000004','d1',5,'[{"severity":"error","code":"quantity","where":{"file":"evening.csv","line":5,"spot":""},"message":"expected a whole number, got ''2,5''","hint":"set decimal"}]','[]','','','',NULL,'','{}',NULL,'','','','2026-11-20T16:00:00+00:00',NULL,NULL,'','','arrival',NULL,'86e95d58d023f719004ed2fce625512218fa675edbaf4950b9146f8db49e9a20',NULL);
INSERT INTO "parcels" VALUES('oriel-ash','OA-5',1,1,'uncertain',3,'0000000000000000000000000000000000000000000000000000000000000005','d1',6,'[]','[]','new','new','welcome','{"segment":"new","message":"new","offer":{"name":"welcome","amount":"15","unit":"percent","valid_days":90},"strategy":"together","recommendations":[],"layout":"atelier-a4","review":true,"content":true,"prices":true,"extra":{},"arms":{},"because":[{"table":"20-message.csv","row":3,"why":"a first order","outputs":{"message":"new"}}]}','{"order":{"id":"OA-5"}}','{"1":1}','5555555555555555555555555555555555555555555555555555555555555555','r1','bench','bench-a4','2026-11-20T16:00:00+00:00','2026-11-20T16:00:00+00:00',NULL,'','','arrival',NULL,'3d684702f74d4dfdd52158eb612cc450005c6c7811e53145affe5fd112774764',NULL);
INSERT INTO "parcels" VALUES('oriel-ash','OA-6',1,1,'accepted',0,'0000000000000000000000000000000000000000000000000000000000000006','d1',7,'[]','[]','','','',NULL,'','{}',NULL,'','','','2026-11-20T16:00:00+00:00',NULL,NULL,'','','arrival',NULL,'455ca5affc270d1fbf314ab04155a0e48d3a844e5468fc8800e5fbb77b5b3053',NULL);
CREATE TABLE printers (
	name TEXT NOT NULL, 
	is_up INTEGER NOT NULL, 
	reasons TEXT DEFAULT '' NOT NULL, 
	since TEXT NOT NULL, 
	seen_at TEXT NOT NULL, 
	PRIMARY KEY (name)
);
INSERT INTO "printers" VALUES('bench-a4',1,'','2026-11-20T16:00:00+00:00','2026-11-20T16:00:00+00:00');
CREATE TABLE tools (
	id TEXT NOT NULL, 
	versions TEXT NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "tools" VALUES('801df1b7281e3b58','weasyprint 70.0, pydyf 0.12');
CREATE INDEX drops_by_sha256 ON drops (sha256);
CREATE INDEX drops_by_state ON drops (state);
CREATE INDEX drops_unpurged ON drops (closed_at) WHERE purged_at IS NULL;
CREATE TRIGGER drops_change BEFORE UPDATE OF state ON drops WHEN NEW.state <> OLD.state AND NOT ((OLD.state = 'open' AND NEW.state = 'done') OR (OLD.state = 'open' AND NEW.state = 'duplicate') OR (OLD.state = 'open' AND NEW.state = 'held') OR (OLD.state = 'done' AND NEW.state = 'open') OR (OLD.state = 'duplicate' AND NEW.state = 'open') OR (OLD.state = 'held' AND NEW.state = 'open') OR (OLD.state = 'held' AND NEW.state = 'dropped')) BEGIN SELECT RAISE(ABORT, 'no such change of state'); END;
CREATE INDEX events_by_order ON events (order_id);
CREATE TRIGGER events_append_only BEFORE UPDATE ON events BEGIN SELECT RAISE(ABORT, 'the event log is only added to'); END;
CREATE INDEX parcels_unpurged ON parcels (accepted_at) WHERE purged_at IS NULL;
CREATE INDEX parcels_by_order ON parcels (order_id);
CREATE INDEX parcels_by_drop ON parcels (drop_id);
CREATE INDEX parcels_by_document ON parcels (document);
CREATE INDEX parcels_by_state ON parcels (state);
CREATE INDEX parcels_by_customer ON parcels (customer);
CREATE TRIGGER parcels_change BEFORE UPDATE OF state ON parcels WHEN NEW.state <> OLD.state AND NOT ((OLD.state = 'accepted' AND NEW.state = 'ready') OR (OLD.state = 'accepted' AND NEW.state = 'held') OR (OLD.state = 'ready' AND NEW.state = 'held') OR (OLD.state = 'ready' AND NEW.state = 'sending') OR (OLD.state = 'sending' AND NEW.state = 'done') OR (OLD.state = 'uncertain' AND NEW.state = 'done') OR (OLD.state = 'sending' AND NEW.state = 'uncertain') OR (OLD.state = 'sending' AND NEW.state = 'ready') OR (OLD.state = 'uncertain' AND NEW.state = 'ready') OR (OLD.state = 'held' AND NEW.state = 'accepted') OR (OLD.state = 'held' AND NEW.state = 'dropped') OR (OLD.state = 'accepted' AND NEW.state = 'cancelled') OR (OLD.state = 'ready' AND NEW.state = 'cancelled') OR (OLD.state = 'held' AND NEW.state = 'cancelled') OR (OLD.state = 'ready' AND NEW.state = 'uncertain') OR (OLD.state = 'sending' AND NEW.state = 'uncertain')) BEGIN SELECT RAISE(ABORT, 'no such change of state'); END;
CREATE INDEX attempts_by_state ON attempts (state);
COMMIT;
