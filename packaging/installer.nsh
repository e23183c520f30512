; What Explorer offers: the app for a folder, and among the programs for a .sqlite file without being the one for all of them.

!macro customInstall
  WriteRegStr SHCTX "Software\Classes\Directory\shell\MxmDataioBrowser" "" "Open as DataIO archive"
  WriteRegStr SHCTX "Software\Classes\Directory\shell\MxmDataioBrowser" "Icon" '"$INSTDIR\${APP_EXECUTABLE_FILENAME}",0'
  WriteRegStr SHCTX "Software\Classes\Directory\shell\MxmDataioBrowser\command" "" '"$INSTDIR\${APP_EXECUTABLE_FILENAME}" "%1"'
  WriteRegStr SHCTX "Software\Classes\MxmDataioBrowser.Archive" "" "DataIO archive"
  WriteRegStr SHCTX "Software\Classes\MxmDataioBrowser.Archive\DefaultIcon" "" '"$INSTDIR\${APP_EXECUTABLE_FILENAME}",0'
  WriteRegStr SHCTX "Software\Classes\MxmDataioBrowser.Archive\shell\open\command" "" '"$INSTDIR\${APP_EXECUTABLE_FILENAME}" "%1"'
  WriteRegStr SHCTX "Software\Classes\.sqlite\OpenWithProgids" "MxmDataioBrowser.Archive" ""
!macroend

!macro customUnInstall
  DeleteRegKey SHCTX "Software\Classes\Directory\shell\MxmDataioBrowser"
  DeleteRegKey SHCTX "Software\Classes\MxmDataioBrowser.Archive"
  DeleteRegValue SHCTX "Software\Classes\.sqlite\OpenWithProgids" "MxmDataioBrowser.Archive"
!macroend
