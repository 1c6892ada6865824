package main

import (
	"fmt"

	"jieming/registry/desk"
)

// cells is the matrix: a line for each address, with the rule that says who may.
// A route that is added to the program needs a line here.
func (m *matrix) cells() []cell {
	all := append(m.caseCells(), m.apiCells()...)
	all = append(all, m.noticeCells()...)
	all = append(all, m.anywhereCells()...)
	all = append(all, m.ownCells()...)
	all = append(all, publicCells()...)
	return append(all, m.lastCells()...)
}

// act is an act in a case: who may not read the case learns nothing of it, who
// may not do the act changes nothing.
func act(verb string, a desk.Action, form string) cell {
	return cell{route: "POST /desk/cases/{id}/{verb}", with: "verb=" + verb, of: "case", sees: on(desk.ReadCase), does: may(a), form: form}
}

func (m *matrix) caseCells() []cell {
	reads := on(desk.ReadCase)
	here := &desk.Object{Kind: "NAMING", Path: m.path("甲县")}
	opens := func(p *desk.Principal, _ *thing) bool { return p.May(desk.OpenCase, here) }
	unit := fmt.Sprint(int64(m.units["甲县"]))
	return []cell{
		{route: "GET /desk", sees: signedIn, tells: true},
		{route: "GET /desk/cases", with: "?view=all&phase=any", sees: signedIn},
		{route: "GET /desk/cases", with: "?view=all&phase=any&q=" + mark, sees: signedIn},
		{route: "GET /desk/cases", with: "?view=all&phase=any&sort=number&kind=ADJUSTMENT&unit=%23" + unit, sees: signedIn},
		{route: "GET /desk/cases.csv", with: "?phase=any", sees: signedIn},
		{route: "GET /desk/cases.xlsx", with: "?phase=any", sees: signedIn},
		{route: "GET /desk/search", with: "?q=" + mark, sees: has(desk.ReadCase)},
		{route: "GET /desk/search", with: "?q=%E7%94%B2%E5%8E%BF", sees: has(desk.ReadCase)},
		{route: "GET /desk/boards", sees: has(desk.ReadBoard)},
		{route: "GET /desk/boards/cases", sees: has(desk.ReadBoard)},
		{route: "GET /desk/boards/clocks", sees: has(desk.ReadBoard)},
		{route: "GET /desk/boards.csv", sees: has(desk.ReadBoard)},
		{route: "GET /desk/boards.xlsx", sees: has(desk.ReadBoard)},
		{route: "GET /desk/heirs", with: "?unit=" + unit, sees: has(desk.GrantRights, desk.ReviewCase, desk.ApproveCase)},
		{route: "GET /desk/cases/new", sees: has(desk.OpenCase)},
		{route: "POST /desk/cases/new", sees: signedIn, does: opens, form: "kind=NAMING&title=x&unit=%E7%94%B2%E5%8E%BF"},
		{route: "GET /desk/cases/{id}", of: "case", sees: reads},
		{route: "GET /desk/cases/{id}/map.svg", of: "case", sees: reads, empty: true},
		{route: "GET /desk/cases/{id}/dossier", of: "case", sees: on(desk.ReadPaper)},
		{route: "GET /desk/cases/{case}/dossier.zip", of: "case", sees: on(desk.ReadPaper)},
		{route: "GET /desk/cases/{case}/files/{digest}", of: "file", sees: on(desk.ReadPaper)},
		{route: "GET /desk/cases/{case}/correction", of: "case", sees: reads, empty: true},
		{route: "GET /desk/cases/{id}/issue/{kind}", with: "kind=REQUEST", of: "case", sees: reads, does: may(desk.IssuePaper)},
		{route: "POST /desk/cases/{id}/issue/{kind}", with: "kind=REQUEST", of: "case", sees: reads, does: may(desk.IssuePaper),
			form: "do=issue&shown=&version=VERSION&issuer=%E6%B0%91%E6%94%BF%E5%8E%85&title=x&on=2026-11-01&secrecy=0&v-recipient=x&v-body=x"},
		{route: "POST /desk/cases/{id}/paper", of: "case", sees: reads, does: may(desk.AddPaper), form: "@kind=OTHER&title=x&version=VERSION"},
		act("edit", desk.EditCase, "title=x&version=VERSION"),
		act("comment", desk.CommentCase, "text=x"),
		act("assign", desk.AssignCase, "to="+fmt.Sprint(int64(m.as["LINE_MANAGER"].Account))+"&reason=x&version=VERSION"),
		act("transfer", desk.AssignCase, "unit=%E4%B9%99%E5%8E%BF&reason=x&version=VERSION"),
		act("ask", desk.AskOpinion, "departments=FINANCE&question=x&version=VERSION"),
		act("reply", desk.GiveOpinion, "asked="+m.asked+"&stance=AGREE&text=x"),
		act("record", desk.RecordApproval, "occasion=ANNOUNCED&on=2026-11-01&text=%E5%85%AC%E5%91%8A3%E5%8F%B7&version=VERSION"),
		act("link", desk.EditCase, "other="+m.another+"&relation=RELATED"),
		act("extend", desk.ApproveCase, ""),
		act("step", desk.EditCase, "act=NEGOTIATE&version=VERSION"),
		{route: "POST /desk/take", sees: signedIn, does: nobody, form: ""},
		{route: "POST /desk/cases/views", sees: has(desk.ReadCase), form: "name=x&query=kind%3DNAMING"},
		{route: "POST /desk/cases/views/{view}/drop", of: "view", sees: theirs, form: "x=1"},
	}
}

// apiAct is act by the API.
func apiAct(noun string, a desk.Action, form string) cell {
	return cell{route: "POST /desk/api/cases/{id}/" + noun, of: "case", sees: on(desk.ReadCase), does: may(a), form: form}
}

func (m *matrix) apiCells() []cell {
	reads := on(desk.ReadCase)
	here := &desk.Object{Kind: "NAMING", Path: m.path("甲县")}
	opens := func(p *desk.Principal, _ *thing) bool { return p.May(desk.OpenCase, here) }
	return []cell{
		{route: "GET /desk/api/cases", sees: signedIn},
		{route: "GET /desk/api/cases", with: "?q=" + mark, sees: signedIn},
		{route: "GET /desk/api/rules", sees: has(desk.ReadRules)},
		{route: "GET /desk/api/cases/{id}", of: "case", sees: reads},
		{route: "GET /desk/api/cases/{id}/events", of: "case", sees: reads},
		{route: "GET /desk/api/cases/{id}/choices", of: "case", sees: reads},
		{route: "POST /desk/api/cases", sees: signedIn, does: opens, form: fmt.Sprintf(`{"kind":"NAMING","title":"x","unit":%d}`, m.units["甲县"])},
		apiAct("edits", desk.EditCase, `{"title":"y"} VERSION`),
		apiAct("comments", desk.CommentCase, `{"text":"x"}`),
		apiAct("assignment", desk.AssignCase, fmt.Sprintf(`{"to":%d,"reason":"x"} VERSION`, m.as[desk.DivisionEditor].Account)),
		apiAct("transfer", desk.AssignCase, fmt.Sprintf(`{"unit":%d,"reason":"x"} VERSION`, m.units["乙县"])),
		apiAct("requests", desk.AskOpinion, `{"departments":["HERITAGE"],"question":"x"} VERSION`),
		apiAct("replies", desk.GiveOpinion, `{"asked":`+m.again+`,"department":"HOUSING","stance":"AGREE","text":"x"}`),
		apiAct("letters", desk.AskOpinion, ""),
		apiAct("withdrawals", desk.AskOpinion, ""),
		apiAct("extensions", desk.ApproveCase, ""),
		apiAct("records", desk.MarkCase, `{"occasion":"CODE","on":"2026-11-01"} VERSION`),
		apiAct("links", desk.EditCase, ""),
		apiAct("steps", desk.EditCase, ""),
	}
}

func (m *matrix) noticeCells() []cell {
	reads := on(desk.ReadCase)
	notice := func(verb string, a desk.Action, form string) cell {
		return cell{route: "POST /desk/notices/{id}/{verb}", with: "verb=" + verb, of: "notice", sees: reads, does: may(a), form: form}
	}
	content := "kind=CONSULTATION&title=x&text=x&contact=x&closes=" + (m.desk.Today() + 9).String()
	public := func(_ *desk.Principal, x *thing) bool { return !x.none }
	return []cell{
		{route: "GET /desk/notices", sees: signedIn},
		{route: "GET /desk/notices", with: "?state=DRAFT", sees: signedIn},
		{route: "GET /desk/notices/new", sees: signedIn},
		{route: "POST /desk/notices/new", sees: signedIn, does: m.inSecret(desk.DraftNotice), form: content + "&case=" + m.secretCase()},
		{route: "GET /desk/notices/{id}", of: "notice", sees: reads},
		{route: "GET /desk/notices/{id}/edit", of: "notice", sees: reads},
		{route: "POST /desk/notices/{id}/edit", of: "notice", sees: reads, does: may(desk.DraftNotice), form: content + "&version=1"},
		{route: "GET /desk/notices/{id}/map-{side}.svg", with: "side=now", of: "notice", sees: reads, empty: true},
		{route: "GET /desk/notices/{id}/comments", of: "notice", sees: reads},
		{route: "GET /desk/notices/{id}/comments.xlsx", of: "notice", sees: reads},
		{route: "POST /desk/notices/{id}/comments", of: "notice", sees: reads, does: may(desk.AnswerPublic)},
		notice("publish", desk.PublishNotice, "version=2"),
		notice("prolong", desk.PublishNotice, "version=3&reason=x&closes="+(m.desk.Today()+60).String()),
		notice("end", desk.PublishNotice, "version=4&reason=x"),
		notice("withdraw", desk.PublishNotice, "version=2&reason=x"),
		notice("discard", desk.DraftNotice, ""),
		notice("conclude", desk.AnswerPublic, ""),
		{route: "GET /notices", sees: everybody},
		{route: "GET /notices.atom", sees: everybody},
		{route: "GET /notices/receipt", with: "?code=x", sees: everybody, empty: true},
		{route: "GET /notices/{id}", of: "public notice", sees: public},
		{route: "GET /notices/{id}/map-{side}.svg", with: "side=now", of: "public notice", sees: public, empty: true},
		{route: "GET /notices/{id}/map.geojson", of: "public notice", sees: public, empty: true},
		{route: "GET /notices/{id}/pick.svg", of: "public notice", sees: public, empty: true},
		{route: "GET /notices/{id}/papers/{paper}", with: "paper=1", of: "public notice", sees: nobody},
		{route: "POST /notices/{id}", of: "public notice", sees: public},
	}
}

// anywhereCells are what lies in no jurisdiction.
func (m *matrix) anywhereCells() []cell {
	accounts, manages, grants := has(desk.ManageAccounts, desk.GrantRights), has(desk.ManageAccounts), has(desk.GrantRights)
	released, prepares, publishes := has(desk.ReadRelease), has(desk.PrepareRelease), has(desk.PublishRelease)
	quality, corrects := has(desk.ReadQuality), has(desk.CorrectQuality)
	log := has(desk.ReadLog)
	settings, rules, templates := has(desk.ChangeSettings), has(desk.ReadRules), has(desk.ChangeTemplates)
	one := both(func(_ *desk.Principal, x *thing) bool { return !x.none }, accounts)
	return []cell{
		{route: "GET /desk/accounts", sees: accounts, varies: true},
		{route: "GET /desk/accounts/new", sees: manages, varies: true},
		{route: "POST /desk/accounts/new", sees: manages, form: "login=newcomer&name=x&language=zh"},
		{route: "GET /desk/accounts/{id}", of: "account", sees: one},
		{route: "GET /desk/accounts/{id}/grant", of: "account", sees: grants},
		{route: "POST /desk/accounts/{id}", of: "account", sees: one, does: manages, form: "name=x&language=zh"},
		{route: "POST /desk/accounts/{id}/factor", of: "account", sees: one, does: manages, form: "reason=x"},
		{route: "POST /desk/accounts/{id}/identity", of: "account", sees: one, does: manages, form: "issuer=https://idp.example&subject=x"},
		{route: "POST /desk/accounts/{id}/grant", of: "account", sees: one, does: grants, form: "role=ARCHIVIST&reason=x"},
		{route: "GET /desk/releases", sees: released, varies: true},
		{route: "GET /desk/releases/new", sees: prepares, varies: true},
		{route: "POST /desk/releases", sees: prepares, form: "@data-date=2026-11-01&as-of=1&certificate=x"},
		{route: "GET /desk/releases/{id}", of: "release", sees: released},
		{route: "GET /desk/releases/{id}/map-{side}.svg", with: "side=before", of: "release", sees: released, empty: true},
		{route: "GET /desk/releases/{id}/certificate", of: "release", sees: released, empty: true},
		{route: "POST /desk/releases/{id}/publish", of: "release", sees: released, does: publishes},
		{route: "POST /desk/releases/{id}/reject", of: "release", sees: released, does: has(desk.PublishRelease, desk.PrepareRelease), form: "reason=x"},
		{route: "GET /desk/layers", sees: has(desk.KillLayer, desk.ReadRelease), varies: true},
		{route: "POST /desk/layers", sees: has(desk.KillLayer), form: "layer=place&stop=yes&reason=x"},
		{route: "GET /desk/training", sees: signedIn, varies: true},
		{route: "POST /desk/training", sees: has(desk.ResetTraining)},
		{route: "GET /desk/functional-zones", sees: grants, varies: true},
		{route: "POST /desk/functional-zones", sees: grants, form: "name=x&units=220121"},
		{route: "GET /desk/zone", sees: has(desk.ChangeZone), varies: true},
		{route: "POST /desk/zone", sees: has(desk.ChangeZone), form: "network=GOVERNMENT&highest=1&reason=x"},
		{route: "GET /desk/quality", sees: quality, varies: true},
		{route: "POST /desk/quality", sees: corrects, form: "x=1"},
		{route: "GET /desk/quality/{check}", with: "check=unit-seat", sees: quality, varies: true},
		{route: "GET /desk/quality/{check}.xlsx", with: "check=unit-seat", sees: quality, varies: true},
		{route: "POST /desk/quality/{check}/finding", with: "check=unit-seat", sees: corrects, form: m.finding},
		{route: "POST /desk/quality/{check}/owner", with: "check=unit-seat", sees: corrects, form: "account=" + fmt.Sprint(int64(m.as[desk.DivisionEditor].Account))},
		{route: "GET /desk/corrections", sees: quality, varies: true},
		{route: "GET /desk/corrections/sheet.xlsx", with: "?about=unit", sees: quality, varies: true},
		{route: "POST /desk/corrections", sees: corrects},
		{route: "GET /desk/corrections/{upload}", of: "correction", sees: both(theirs, corrects)},
		{route: "POST /desk/corrections/{upload}", of: "correction", sees: both(theirs, corrects)},
		{route: "POST /desk/corrections/undo/{event}", of: "event", sees: nobody, form: ""},
		{route: "GET /desk/settings", sees: settings, varies: true},
		{route: "POST /desk/settings", sees: settings},
		{route: "GET /desk/settings/calendar", sees: settings, varies: true},
		{route: "POST /desk/settings/calendar", sees: settings},
		{route: "GET /desk/settings/mails", sees: settings, varies: true},
		{route: "POST /desk/settings/mails", sees: settings},
		{route: "GET /desk/rules", sees: rules},
		{route: "GET /desk/rights", sees: rules},
		{route: "GET /desk/log", sees: log, varies: true},
		{route: "GET /desk/log", with: "?q=" + mark, sees: log, varies: true},
		{route: "GET /desk/log/access", sees: log, varies: true},
		{route: "GET /desk/log/checkpoints", sees: log, varies: true},
		{route: "GET /desk/log/checkpoints/{size}.txt", with: "size=1", sees: log, varies: true, empty: true},
		{route: "GET /desk/log/log.jsonl.gz", sees: log, varies: true},
		{route: "GET /desk/log/{seq}", with: "seq=3", sees: log, varies: true},
		{route: "GET /desk/log/{seq}/proof.json", with: "seq=3", sees: log, varies: true, empty: true},
		{route: "GET /desk/templates", sees: rules},
		{route: "GET /desk/templates/numbers", with: "?series=x", sees: rules},
		{route: "GET /desk/templates/{name}", with: "name=request", sees: rules},
		{route: "GET /desk/templates/{name}/template.docx", with: "name=request", sees: rules},
		{route: "GET /desk/templates/{name}/example.docx", with: "name=request", sees: rules},
		{route: "POST /desk/templates/{name}", with: "name=request", sees: templates},
		{route: "POST /desk/templates/{name}/restore", with: "name=request", sees: templates},
		{route: "POST /desk/templates/series", sees: templates, form: "issuer=x&paper=*&pattern=x%E3%80%94%7Byear%7D%E3%80%95%7Bn%7D%E5%8F%B7&after=0&reason=x"},
		{route: "POST /desk/templates/numbers", sees: templates},
	}
}

// lastCells take people their sessions.
func (m *matrix) lastCells() []cell {
	accounts, manages, grants := has(desk.ManageAccounts, desk.GrantRights), has(desk.ManageAccounts), has(desk.GrantRights)
	one := both(func(_ *desk.Principal, x *thing) bool { return !x.none }, accounts)
	return []cell{
		{route: "POST /desk/me/sessions/{id}/end", of: "session", sees: theirs, form: "x=1"},
		{route: "POST /desk/accounts/{id}/disable", of: "account", sees: one, does: manages, form: "disabled=yes&reason=x"},
		{route: "POST /desk/accounts/{id}/reset", of: "account", sees: one, does: manages, form: "x=1"},
		{route: "POST /desk/accounts/{id}/revoke", of: "account", sees: one, does: grants, form: "grant=" + m.grant() + "&reason=x"},
		{route: "POST /desk/accounts/{id}/sessions", of: "account", sees: one, does: manages},
	}
}

// ownCells are what is everybody's own, or carries its own secret.
func (m *matrix) ownCells() []cell {
	return []cell{
		{route: "GET /desk/calendar.ics", with: "?key=wrong", sees: nobody},
		{route: "GET /desk/messages", sees: signedIn, tells: true},
		{route: "GET /desk/messages/{id}", of: "message", sees: theirs},
		{route: "POST /desk/messages/read", sees: signedIn, form: "all=yes"},
		{route: "GET /desk/messages/settings", sees: signedIn},
		{route: "POST /desk/messages/settings", sees: signedIn, form: "daily=yes"},
		{route: "GET /desk/messages/calendar", sees: signedIn},
		{route: "POST /desk/messages/calendar", sees: signedIn, form: "x=1"},
		{route: "POST /desk/messages/calendar/end", sees: signedIn, form: "x=1"},
		{route: "GET /desk/uploads/{id}", of: "upload", sees: theirs},
		{route: "POST /desk/uploads", sees: has(desk.AddPaper, desk.ChangeTemplates), form: "@x=1"},
		{route: "GET /desk/help", sees: signedIn},
		{route: "GET /desk/help/{topic}", with: "topic=cases", sees: signedIn},
		{route: "GET /desk/tour/{step}", with: "step=contact", sees: signedIn},
		{route: "POST /desk/tour/{step}/done", with: "step=contact", sees: signedIn, form: "x=1"},
		{route: "POST /desk/tour/{step}/undone", with: "step=contact", sees: signedIn, form: "x=1"},
		{route: "POST /desk/tour/away", sees: signedIn, form: "x=1"},
		{route: "POST /desk/tour/back", sees: signedIn, form: "x=1"},
		{route: "GET /desk/me", sees: signedIn, varies: true},
		{route: "GET /desk/me/password", sees: signedIn},
		{route: "GET /desk/me/factor", sees: signedIn, varies: true},
		{route: "GET /desk/me/tokens", sees: signedIn},
		{route: "GET /desk/me/delegation", sees: signedIn},
		{route: "POST /desk/me", sees: signedIn, form: "language=zh"},
		{route: "POST /desk/me/password", sees: signedIn},
		{route: "POST /desk/me/factor", sees: signedIn},
		{route: "POST /desk/me/factor/remove", sees: signedIn},
		{route: "POST /desk/me/tokens", sees: signedIn, form: "name=x&scope=case&days=1"},
		{route: "POST /desk/me/tokens/{id}/revoke", of: "token", sees: theirs, form: "x=1"},
		{route: "POST /desk/me/delegation", sees: signedIn, form: "to=auditor&since=" + (m.desk.Today() + 1).String() + "&last=" + (m.desk.Today() + 2).String() + "&reason=x"},
		{route: "POST /desk/me/delegation/{id}/end", of: "delegation", sees: theirs, form: "x=1"},
	}
}

// publicCells are for everybody.
func publicCells() (all []cell) {
	for _, r := range []string{"/", "/embed", "/panel", "/map.svg", "/print", "/print.svg", "/download", "/search?q=a", "/units", "/events", "/reports", "/about",
		"/publications", "/publications.atom", "/help", "/help?q=a", "/api/log/checkpoint", "/api/log/checkpoint.txt", "/favicon.ico", "/healthz", "/readyz", "/metrics", "/login",
		"/api", "/api/changes", "/api/openapi.json", "/api/publication", "/api/reports", "/api/search?q=a", "/api/translate?codes=220000&from=2000-01-01", "/api/units", "/api/where?lon=126&lat=43",
		"/data", "/ogc", "/ogc/collections", "/ogc/conformance", "/ogc/tileMatrixSets", "/ogc/tileMatrixSets/WebMercatorQuad", "/ogc/tiles", "/ogc/tiles/WebMercatorQuad",
		"/problems", "/tiles", "/tiles/current.json", "/tiles/current/style.json"} {
		path, query := r, ""
		for i := range r {
			if r[i] == '?' {
				path, query = r[:i], r[i:]
			}
		}
		all = append(all, cell{route: "GET " + path, with: query, sees: everybody, empty: true, open: true, varies: path == "/metrics" || path == "/data"})
	}
	for _, c := range []string{"divisions", "boundary-lines", "places", "unrefined-areas"} {
		at := "GET /ogc/collections/" + c
		for _, r := range []cell{{route: at}, {route: at + "/items"}, {route: at + "/items/{id}", with: "id=1"}, {route: at + "/tiles"}, {route: at + "/tiles/WebMercatorQuad"},
			{route: at + "/tiles/WebMercatorQuad/{tileMatrix}/{tileRow}/{tileCol}", with: "tile=7"}} {
			r.sees, r.empty, r.open = everybody, true, true
			all = append(all, r)
		}
	}
	for _, r := range []cell{
		{route: "GET /id/unit/{id}", with: "id=4"}, {route: "GET /id/event/{id}", of: "event"}, {route: "GET /id/line/{id}", with: "id=1"}, {route: "GET /id/place/{id}", with: "id=2"},
		{route: "GET /api/events/{id}", of: "event"}, {route: "GET /api/units/{id}", with: "id=8"}, {route: "GET /api/units/{id}/history", with: "id=8"},
		{route: "GET /reports/{name}", with: "name=x"}, {route: "GET /problems/{kind}", with: "kind=invalid"}, {route: "GET /print/{size}.css", with: "size=a4"},
		{route: "GET /api/log/proof/{id}", of: "event"}, {route: "GET /help/{topic}", with: "topic=map"},
		{route: "GET /assets/*"}, {route: "GET /tiles/*"}, {route: "GET /tiles/current/{z}/{x}/{y}.mvt", with: "z=7&x=108&y=46"},
		{route: "GET /ogc/tiles/WebMercatorQuad/{tileMatrix}/{tileRow}/{tileCol}", with: "tile=7"}, {route: "GET /data/{layer}.{format}", with: "layer=code&format=csv"},
		{route: "GET /login/{stage:code|password|factor}", with: "stage=code"},
	} {
		r.sees, r.empty, r.open = everybody, true, true
		if r.of == "event" { // what is not published is not there
			r.sees = func(_ *desk.Principal, x *thing) bool { return !x.none && !x.secret }
		}
		all = append(all, r)
	}
	for _, r := range []string{"/login", "/login/code", "/login/factor", "/login/on", "/login/password", "/logout"} {
		all = append(all, cell{route: "POST " + r, sees: everybody})
	}
	return all
}
