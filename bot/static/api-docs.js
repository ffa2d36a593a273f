// Shows the description of the API. In a file of its own, since the page's policy lets no script run within it.
"use strict";

const place = document.getElementById("calls");

SwaggerUIBundle({
  domNode: place,
  url: place.dataset.description,
  deepLinking: true,
  defaultModelsExpandDepth: 0,
  docExpansion: "list",
  presets: [SwaggerUIBundle.presets.apis, SwaggerUIBundle.SwaggerUIStandalonePreset],
  validatorUrl: null, // else it would ask another host
});
