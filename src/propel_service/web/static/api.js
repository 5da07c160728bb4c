// Starts the documentation page of the API; no validator outside is asked.
"use strict";

(() => {
  const holder = document.getElementById("api");
  SwaggerUIBundle({
    url: holder.dataset.description, domNode: holder, validatorUrl: null, deepLinking: true,
    defaultModelsExpandDepth: 0, supportedSubmitMethods: ["get"],
    presets: [SwaggerUIBundle.presets.apis],
  });
})();
