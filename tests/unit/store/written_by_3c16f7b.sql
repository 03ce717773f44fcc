BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0001');
CREATE TABLE card_shown (
	card TEXT NOT NULL, 
	service TEXT NOT NULL, 
	rules TEXT NOT NULL, 
	content_version TEXT NOT NULL, 
	shown_at TEXT NOT NULL, 
	PRIMARY KEY (card)
);
INSERT INTO "card_shown" VALUES('6694aab5-dbfd-554a-95ad-bbea0c2cad5e','lenalidomide-patient-view','["US-MDS-PLT-W4-HI"]','d13d8880c05d','2026-11-30T20:17:30.997233Z');
INSERT INTO "card_shown" VALUES('1f401ddf-70f6-54c0-a648-8cef51729907','lenalidomide-patient-view','["US-MDS-PLT-W4-HI"]','d13d8880c05d','2026-11-30T20:17:31.006488Z');
INSERT INTO "card_shown" VALUES('92faab6a-a4fc-5a54-8bf5-4d1b5070a729','lenalidomide-order-sign','["US-MDS-PLT-W4-HI"]','d13d8880c05d','2026-11-30T20:17:31.013264Z');
CREATE TABLE decision_chain (
	id INTEGER NOT NULL, 
	sequence BIGINT NOT NULL, 
	hash TEXT NOT NULL, 
	seal TEXT NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "decision_chain" VALUES(1,3,'449205504340a8d0804ac161f31acb28adaee070fe9905397f84380eddf02e7b','ef0a3d89d00867dece578646be0fdb339d19b6447f601a7b2b3996d15548e832');
CREATE TABLE decision_record (
	sequence BIGINT NOT NULL, 
	at TEXT NOT NULL, 
	body TEXT NOT NULL, 
	previous_hash TEXT NOT NULL, 
	hash TEXT NOT NULL, 
	is_keyed BOOLEAN NOT NULL, 
	PRIMARY KEY (sequence)
);
INSERT INTO "decision_record" VALUES(1,'2026-11-30T20:17:30.997233Z','{"cards":[{"action":"hold","indicator":"critical","rules":["US-MDS-PLT-W4-HI"],"suggestions":["f8aa9abf-d011-5d41-a789-4172dd2fc33d","e15ad06c-d1e9-5819-be4e-713d9e0a0a0e"],"uuid":"6694aab5-dbfd-554a-95ad-bbea0c2cad5e"}],"client":"","contentVersion":"d13d8880c05d","hook":"patient-view","hookInstance":"93bd3345-3c88-588d-85f4-022de5cf1eba","kind":"decision","missing":[],"patientHash":"f86e66ab8aec969340cbbe909916d8aa42e4122c901843969ee7dac8e8dd9b8e","rulesFired":["US-MDS-PLT-W4-HI"],"rulesNotFired":["GL-ESMO-TP53","GL-PRECISION-5Q","GL-IRON","S4-LFT","IWG-2006","US-MDS-SILENT-25","US-MDS-FN-BELOW385","US-REN-ONTX","US-MON-HOLD","COMBINATION-MDS","DUPLICATE-IMID","ACUTE-LEUKEMIA","CLASS-ALLERGY","BLEEDING-REVIEW","GEN-UNANSWERED","US-REN-MDS-GT60","US-MDS-ANC-W4-HI","US-MON-RENAL","US-CI-PREG","US-FRP-DEF","US-CI-HSR","US-NONHEM-G34","US-NONHEM-PERM","US-MON-LFT","US-WP-VTE","US-WP-SPM","US-MON-TSH","US-DDI-DIG","US-DDI-THROMB","US-DDI-WARF","US-DDI-CYP","US-DDI-PGP"],"rulesShadowed":[],"service":"lenalidomide-patient-view","serviceVersion":"0.1.0","status":200,"tenant":"","timings":{"assess":2285,"obtain":1560,"read":4492,"render":135589,"total":143933},"unmappedCodes":[]}','0000000000000000000000000000000000000000000000000000000000000000','be7249d619f64d0a7d065aa4c44aea5b710af7649d524727de51d08ed54f4224',1);
INSERT INTO "decision_record" VALUES(2,'2026-11-30T20:17:31.006488Z','{"cards":[{"action":"hold","indicator":"critical","rules":["US-MDS-PLT-W4-HI"],"suggestions":["e1e7abd9-ba9b-5672-9043-841f28f543e8","d613e346-4450-5c97-a54e-153b4870df6b"],"uuid":"1f401ddf-70f6-54c0-a648-8cef51729907"}],"client":"","contentVersion":"d13d8880c05d","hook":"patient-view","hookInstance":"6ba34904-5837-5b43-bf30-3ad8e3bcb726","kind":"decision","missing":[],"patientHash":"b78d146c7c66eb89bc23e860c3053b27bca8767f98b788fedd4976661f11d843","rulesFired":["US-MDS-PLT-W4-HI"],"rulesNotFired":["GL-ESMO-TP53","GL-PRECISION-5Q","GL-IRON","S4-LFT","IWG-2006","US-MDS-SILENT-25","US-MDS-FN-BELOW385","US-REN-ONTX","US-MON-HOLD","COMBINATION-MDS","DUPLICATE-IMID","ACUTE-LEUKEMIA","CLASS-ALLERGY","BLEEDING-REVIEW","GEN-UNANSWERED","US-REN-MDS-GT60","US-MDS-ANC-W4-HI","US-MON-RENAL","US-CI-PREG","US-FRP-DEF","US-CI-HSR","US-NONHEM-G34","US-NONHEM-PERM","US-MON-LFT","US-WP-VTE","US-WP-SPM","US-MON-TSH","US-DDI-DIG","US-DDI-THROMB","US-DDI-WARF","US-DDI-CYP","US-DDI-PGP"],"rulesShadowed":[],"service":"lenalidomide-patient-view","serviceVersion":"0.1.0","status":200,"tenant":"","timings":{"assess":1975,"obtain":254,"read":764,"render":2008,"total":5008},"unmappedCodes":[]}','be7249d619f64d0a7d065aa4c44aea5b710af7649d524727de51d08ed54f4224','1a4fbc34cccf7a93034131f16b3fe5beecc665e795e51824d702f728f9959979',1);
INSERT INTO "decision_record" VALUES(3,'2026-11-30T20:17:31.013264Z','{"cards":[{"action":"hold","indicator":"critical","rules":["US-MDS-PLT-W4-HI"],"suggestions":["ba032a17-8b80-53fa-90ff-9a7451522c76"],"uuid":"92faab6a-a4fc-5a54-8bf5-4d1b5070a729"}],"client":"","contentVersion":"d13d8880c05d","hook":"order-sign","hookInstance":"8d8c1c3c-a50c-5710-8f60-d689d85227a7","kind":"decision","missing":[],"patientHash":"ba80ecb5d4d06132781d6a7516804198df886aa22db0390f0579dbc73c0b0a7f","rulesFired":["US-MDS-PLT-W4-HI"],"rulesNotFired":["GL-ESMO-TP53","GL-PRECISION-5Q","GL-IRON","S4-LFT","US-MDS-SILENT-25","US-MDS-FN-BELOW385","US-REN-ONTX","US-MON-HOLD","COMBINATION-MDS","DUPLICATE-IMID","ACUTE-LEUKEMIA","CLASS-ALLERGY","BLEEDING-REVIEW","GEN-UNANSWERED","US-REN-MDS-GT60","US-MDS-ANC-W4-HI","US-MON-RENAL","US-CI-PREG","US-FRP-DEF","US-CI-HSR","US-NONHEM-G34","US-NONHEM-PERM","US-MON-LFT","US-WP-VTE","US-WP-SPM","US-MON-TSH","US-DDI-DIG","US-DDI-THROMB","US-DDI-WARF","US-DDI-CYP","US-DDI-PGP","US-REMS-RX"],"rulesShadowed":[],"service":"lenalidomide-order-sign","serviceVersion":"0.1.0","status":200,"tenant":"","timings":{"assess":1554,"obtain":981,"read":509,"render":1591,"total":4640},"unmappedCodes":[]}','1a4fbc34cccf7a93034131f16b3fe5beecc665e795e51824d702f728f9959979','449205504340a8d0804ac161f31acb28adaee070fe9905397f84380eddf02e7b',1);
CREATE TABLE feedback_entry (
	id INTEGER NOT NULL, 
	repeat_key TEXT NOT NULL, 
	received_at TEXT NOT NULL, 
	client TEXT NOT NULL, 
	tenant TEXT NOT NULL, 
	service TEXT NOT NULL, 
	card TEXT NOT NULL, 
	outcome TEXT NOT NULL, 
	accepted_suggestions TEXT NOT NULL, 
	reason_system TEXT NOT NULL, 
	reason_code TEXT NOT NULL, 
	reason_display TEXT NOT NULL, 
	has_comment BOOLEAN NOT NULL, 
	comment TEXT, 
	outcome_at TEXT NOT NULL, 
	is_card_known BOOLEAN NOT NULL, 
	rules TEXT NOT NULL, 
	content_version TEXT NOT NULL, 
	shown_at TEXT NOT NULL, 
	PRIMARY KEY (id), 
	UNIQUE (repeat_key)
);
INSERT INTO "feedback_entry" VALUES(1,'90cf2e7d258d72e9edbadd419ec70a883bdeb334f69241680d77f8a6770fcfd7','2026-11-30T20:17:31.014883Z','','','lenalidomide-patient-view','6694aab5-dbfd-554a-95ad-bbea0c2cad5e','accepted','["f8aa9abf-d011-5d41-a789-4172dd2fc33d"]','','','',0,NULL,'2026-01-26T12:05:00.000000Z',1,'["US-MDS-PLT-W4-HI"]','d13d8880c05d','2026-11-30T20:17:30.997233Z');
CREATE TABLE used_token (
	digest TEXT NOT NULL, 
	expires_at FLOAT NOT NULL, 
	PRIMARY KEY (digest)
);
CREATE INDEX feedback_entry_card ON feedback_entry (card);
CREATE INDEX feedback_entry_received_at ON feedback_entry (received_at);
CREATE INDEX card_shown_shown_at ON card_shown (shown_at);
CREATE INDEX decision_record_at ON decision_record (at);
CREATE INDEX used_token_expires_at ON used_token (expires_at);
COMMIT;
