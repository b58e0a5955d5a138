document.addEventListener("click", function (event) {
  var button = event.target.closest("[data-s]");
  if (!button) { return; }
  var sound = document.getElementById("sound");
  sound.currentTime = Number(button.dataset.s);
  sound.play();
});
