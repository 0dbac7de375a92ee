using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.Hosting;
using Serverless.Functions;
using Serverless.Functions.Http;
using Serverless.Functions.Observability;
using Serverless.Functions.Settings;

var builder = FunctionsApplication.CreateBuilder(args);
builder.ConfigureFunctionsWebApplication();
builder.UseMiddleware<TraceMiddleware>();
builder.UseMiddleware<ApiMiddleware>();
builder.Services.AddApp(builder.Configuration);
var app = builder.Build();
app.Services.CheckSettings();
app.Run();
