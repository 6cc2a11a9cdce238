/* Tellal: which of our posts brought a visitor. No pixel, no cookie, nobody else's server: what the
   page's address says is kept in this browser, and told when the page calls tellal.convert. */
(function (given) {
  "use strict";
  var NAME = "tellal.touch";
  var PARAMETERS = {
    tl: "code",
    utm_source: "source",
    utm_medium: "medium",
    utm_campaign: "campaign",
    utm_content: "content",
  };
  var WINDOW = given.days * 24 * 60 * 60 * 1000;

  function touchOf(search) {
    var parameters = new URLSearchParams(search);
    var touch = {};
    Object.keys(PARAMETERS).forEach(function (name) {
      var value = (parameters.get(name) || "").trim().slice(0, 200);
      if (value) touch[PARAMETERS[name]] = value;
    });
    return Object.keys(touch).length ? touch : null;
  }

  function kept() {
    try {
      var touch = JSON.parse(localStorage.getItem(NAME));
      if (touch && Date.now() - Date.parse(touch.at) <= WINDOW) return touch;
      localStorage.removeItem(NAME);
    } catch (error) {
      /* storage is off, or holds what is not ours */
    }
    return null;
  }

  function keep(touch) {
    try {
      localStorage.setItem(NAME, JSON.stringify(touch));
    } catch (error) {
      /* then only this page knows */
    }
  }

  var now = touchOf(location.search);
  if (now) {
    now.at = new Date().toISOString();
    keep(now);
  }

  function convert(what) {
    var touch = now || kept();
    var body = { id: String(what.id), stage: what.stage, touches: touch ? [touch] : [] };
    if (what.value !== undefined) body.value = String(what.value);
    if (what.currency !== undefined) body.currency = what.currency;
    return fetch(given.url, {
      method: "POST",
      mode: "cors",
      credentials: "omit",
      keepalive: true,
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    }).then(function (answer) {
      if (!answer.ok) throw new Error("Tellal did not take it: " + answer.status);
      return answer.json();
    });
  }

  window.tellal = { convert: convert };
})(__GIVEN__);
