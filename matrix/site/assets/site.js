/* What a static page cannot know: how old it is where it is read, and what its reader wants to see.
   Nothing is fetched, and nothing is ever written as HTML: text goes in as text. */
"use strict";

document.documentElement.classList.add("scripted");

(function () {
  function ago(then) {
    var minutes = Math.round((Date.now() - then) / 60000);
    if (minutes < 0) return "";
    if (minutes < 60) return minutes + " min ago";
    if (minutes < 48 * 60) return Math.round(minutes / 60) + " h ago";
    return Math.round(minutes / 1440) + " days ago";
  }

  function ages() {
    document.querySelectorAll("time[data-age]").forEach(function (time) {
      var words = ago(Date.parse(time.dateTime));
      if (words) time.append(" (" + words + ")");
    });
    document.querySelectorAll("[data-stale]").forEach(function (notice) {
      notice.hidden = !(Date.now() > Date.parse(notice.dataset.stale));
    });
  }

  /* The state of filters is the address, after the hash: it can be sent to somebody. */
  function read() {
    return new URLSearchParams(location.hash.slice(1));
  }

  function write(state) {
    var kept = new URLSearchParams();
    Object.keys(state).forEach(function (name) {
      if (state[name]) kept.set(name, state[name]);
    });
    var hash = kept.toString();
    history.replaceState(null, "", hash ? "#" + hash : location.pathname + location.search);
    document.querySelectorAll("a[data-keep]").forEach(function (link) {
      link.hash = hash;
    });
  }

  /* The name that the address has after its hash; half of a percent sign is no code. */
  function named() {
    try {
      return decodeURIComponent(location.hash.slice(1));
    } catch (error) {
      return location.hash.slice(1);
    }
  }

  function answer() {
    var overview = document.querySelector(".overview");
    if (!overview) return;
    var title = document.title;
    function look() {
      var name = named();
      var found = name && document.getElementById(name);
      var unknown = document.querySelector("[data-unknown]");
      unknown.hidden = !name || Boolean(found);
      unknown.querySelector("[data-name]").textContent = name;
      document.title = found && found.dataset.title ? found.dataset.title + " – leakmatrix" : title;
      if (found && found.classList.contains("answer")) {
        found.querySelector("h1").focus({ preventScroll: true });
        window.scrollTo(0, 0);
      }
    }
    addEventListener("hashchange", look);
    addEventListener("load", look); // which is when a browser has moved to what the address names
    look();
  }

  function matrix() {
    var table = document.querySelector("[data-matrix]");
    var form = document.querySelector("[data-filters]");
    if (!table || !form) return;
    var heads = Array.from(table.tHead.rows[1].cells);
    var groups = Array.from(table.tHead.rows[0].cells).slice(1);
    var owner = [];
    groups.forEach(function (group, number) {
      for (var i = 0; i < group.dataset.width; i++) owner.push(number);
    });
    var clients = groups.map(function (group) { return group.textContent.trim(); });
    var rows = Array.from(table.tBodies).flatMap(function (body) { return Array.from(body.rows); }).map(function (row) {
      return { row: row, text: row.cells[0].textContent.toLowerCase(), cells: Array.from(row.cells).slice(1),
               guarantee: Boolean(row.cells[0].querySelector(".guarantee")),
               hazard: Boolean(row.cells[0].querySelector(".hazard")) };
    });
    var texts = heads.map(function (head) { return head.textContent.trim().toLowerCase(); });

    /* The word, without what stands below it; nothing where there is no answer. */
    function face(cell) {
      var link = cell.firstElementChild;
      return link ? cell.className.split(" ", 1) + link.firstChild.textContent : "";
    }

    function visible(state, column, wanted) {
      if (state.client && clients[owner[column]] !== state.client) return false;
      if (wanted.columns) return wanted.columns[column];
      if (state.columns === "all") return true;
      if (state.columns === "current") return heads[column].classList.contains("now");
      return !heads[column].classList.contains("again");
    }

    /* A search for what is only in columns chooses columns; for anything else, rows. */
    function meaning(q) {
      var words = q.toLowerCase().split(/\s+/).filter(Boolean);
      if (!words.length) return { rows: function () { return true; }, columns: null };
      var inRows = rows.some(function (each) { return words.every(function (w) { return each.text.includes(w); }); });
      var columns = heads.map(function (_, c) {
        var text = clients[owner[c]].toLowerCase() + " " + texts[c];
        return words.every(function (w) { return text.includes(w); });
      });
      if (!inRows && columns.some(Boolean)) return { rows: function () { return true; }, columns: columns };
      return { rows: function (text) { return words.every(function (w) { return text.includes(w); }); }, columns: null };
    }

    function keep(state, each, shown, found) {
      if (!found(each.text)) return false;
      if (!each.cells.some(function (cell, c) { return shown[c] && cell.textContent; })) return false; // fits none of them
      if (state.rows === "all") return true;
      if (state.rows === "guarantee") return each.guarantee;
      if (state.rows === "hazard") return each.hazard;
      var broken = each.guarantee && each.cells.some(function (cell, c) {
        return shown[c] && cell.textContent.includes("\u2717");
      });
      if (state.rows === "broken") return broken;
      if (state.q && state.q.trim()) return true; // what is looked for is not folded away
      if (broken) return true;
      var seen = new Set();
      each.cells.forEach(function (cell, c) {
        if (shown[c]) seen.add(face(cell));
      });
      seen.delete("");
      return seen.size > 1;
    }

    function apply() {
      var state = Object.fromEntries(new FormData(form));
      var wanted = meaning(state.q);
      var shown = heads.map(function (_, c) { return visible(state, c, wanted); });
      heads.forEach(function (head, c) { head.hidden = !shown[c]; });
      groups.forEach(function (group, number) {
        var width = shown.filter(function (on, c) { return on && owner[c] === number; }).length;
        group.hidden = !width;
        group.colSpan = width || 1;
      });
      var number = 0;
      rows.forEach(function (each) {
        var on = keep(state, each, shown, wanted.rows);
        each.row.hidden = !on;
        if (!on) return;
        number += 1;
        each.cells.forEach(function (cell, c) { if (cell.hidden === shown[c]) cell.hidden = !shown[c]; });
      });
      table.dataset.columns = state.columns || (wanted.columns ? "found" : "changes");
      table.dataset.filtered = "";
      tell(state, number, shown.filter(Boolean).length);
      write(state);
    }

    function tell(state, number, columns) {
      form.querySelector("[data-shown]").textContent =
        number + " of " + rows.length + " rows, " + columns + " of " + heads.length + " columns";
      var folded = rows.length - number;
      document.querySelector("[data-folded]").textContent = folded && !state.rows && !state.q
        ? folded + " more rows have the same answer in every column that is shown." : "";
    }

    /* As the page was made: the style sheet has folded it already, and 6,000 places need not be touched. */
    function untouched() {
      groups.forEach(function (group, number) {
        group.colSpan = heads.filter(function (head, c) { return owner[c] === number && !head.classList.contains("again"); }).length;
      });
      tell({}, rows.filter(function (each) { return !each.row.classList.contains("same"); }).length,
           heads.filter(function (head) { return !head.classList.contains("again"); }).length);
    }

    function load() {
      var state = read();
      ["q", "client", "columns", "rows"].forEach(function (name) {
        var field = form.elements[name];
        field.value = state.get(name) || "";
        if (field.selectedIndex === -1) field.value = "";
      });
      if (location.hash.length > 1 || "filtered" in table.dataset) apply();
      else untouched();
    }

    form.hidden = false;
    form.addEventListener("input", apply);
    form.addEventListener("submit", function (event) { event.preventDefault(); });
    form.addEventListener("reset", function () { setTimeout(apply); });
    addEventListener("hashchange", load);
    load();
  }

  function unfold() {
    var table = document.querySelector("[data-fold]");
    var button = document.querySelector("[data-unfold]");
    var folded = table ? table.querySelectorAll("tr.same").length : 0;
    if (!folded) return;
    function tell() {
      var open = "unfolded" in table.dataset;
      button.textContent = open ? "Fold what is the same everywhere" :
        "Show " + folded + (folded === 1 ? " more row that has" : " more rows that have") + " one answer everywhere";
      button.setAttribute("aria-expanded", String(open));
    }
    button.hidden = false;
    button.addEventListener("click", function () {
      table.toggleAttribute("data-unfolded");
      tell();
    });
    tell();
  }

  function compare() {
    var form = document.querySelector("[data-compare]");
    if (!form) return;
    var order = Array.from(form.elements.from.options, function (option) { return option.value; });
    var edges = Array.from(document.querySelectorAll("[data-older]"));
    function apply() {
      var from = order.indexOf(form.elements.from.value);
      var to = order.indexOf(form.elements.to.value);
      var low = Math.min(from, to), high = Math.max(from, to), number = 0;
      edges.forEach(function (edge) {
        // An edge counts when it lies between the two, or spans one of them.
        var on = order.indexOf(edge.dataset.older) < high && order.indexOf(edge.dataset.newer) > low;
        edge.hidden = !on;
        if (on) number += edge.querySelectorAll("li").length;
      });
      var whole = low === 0 && high === order.length - 1;
      form.querySelector("[data-shown]").textContent = number + (number === 1 ? " answer changes" : " answers change") + " between " + order[low] + " and " + order[high];
      return whole ? {} : { from: order[low], to: order[high] };
    }
    function load() {
      var state = read();
      form.elements.from.value = order.includes(state.get("from")) ? state.get("from") : order[0];
      form.elements.to.value = order.includes(state.get("to")) ? state.get("to") : order[order.length - 1];
      apply();
    }
    form.hidden = false;
    form.addEventListener("input", function () { write(apply()); });
    form.addEventListener("submit", function (event) { event.preventDefault(); });
    addEventListener("hashchange", load);
    load();
  }

  addEventListener("DOMContentLoaded", function () {
    ages();
    answer();
    matrix();
    unfold();
    compare();
  });
})();
