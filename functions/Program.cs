using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.Hosting;
using Serverless.Functions;
using Serverless.Functions.Http;
using Serverless.Functions.Observability;
using Serverless.Functions.Settings;
using Serverless.Functions.Usage;

var builder = FunctionsApplication.CreateBuilder(args);
builder.ConfigureFunctionsWebApplication();
builder.UseMiddleware<TraceMiddleware>();
builder.UseMiddleware<RequestLogMiddleware>();
builder.UseMiddleware<ApiMiddleware>();
builder.Services.AddApp(builder.Configuration);
var app = builder.Build();
app.Services.CheckSettings();
app.Run();
