@echo off
rem The dataio command of an installed app: its own Electron, as Node.
setlocal
set ELECTRON_RUN_AS_NODE=1
"%~dp0..\..\MXM DataIO Browser.exe" "%~dp0..\app.asar\out\dataio\dist\cli\main.js" %*
exit /b %ERRORLEVEL%
